"""The closed list of reason codes: why a call may not be made, or not now."""

from enum import StrEnum


class Permanence(StrEnum):
    """How long a reason lasts."""

    PERMANENT = "permanent"
    UNTIL = "until"
    FIXABLE = "fixable"


class Reason(StrEnum):
    """Why a call is denied or deferred. Published; never renamed."""

    JURISDICTION_UNKNOWN = "jurisdiction_unknown"
    NO_POLICY = "no_policy"
    CALL_CLASS_MISSING = "call_class_missing"
    PARTY_TYPE_UNKNOWN = "party_type_unknown"

    NO_CONSENT = "no_consent"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_REVOKED_BY_CONTROLLER = "consent_revoked_by_controller"
    CONSENT_EXPIRED = "consent_expired"
    CONSENT_NOT_YET_VALID = "consent_not_yet_valid"
    CONSENT_OTHER_PURPOSE = "consent_other_purpose"
    CONSENT_OTHER_CHANNEL = "consent_other_channel"
    CONSENT_NOT_FOR_AUTOMATED = "consent_not_for_automated"
    CONSENT_EVIDENCE_MISSING = "consent_evidence_missing"
    CONSENT_FROM_OUTBOUND_CALL = "consent_from_outbound_call"
    CONSENT_SUPERSEDED_BY_LISTING = "consent_superseded_by_listing"
    CUSTOMER_WINDOW_PASSED = "customer_window_passed"
    PRODUCT_NOT_SIMILAR = "product_not_similar"
    CONSENT_REQUEST_CALL_BANNED = "consent_request_call_banned"
    NUMBER_SOURCE_BANNED = "number_source_banned"

    OBJECTED_CONTROLLER = "objected_controller"
    OBJECTED_ALL = "objected_all"
    REGISTER_LISTED = "register_listed"
    REGISTER_LISTED_CATEGORY = "register_listed_category"
    REGISTER_STALE = "register_stale"
    REGISTER_UNAVAILABLE = "register_unavailable"

    NUMBER_REASSIGNED = "number_reassigned"
    NUMBER_REASSIGN_UNKNOWN = "number_reassign_unknown"
    NUMBER_INACTIVE = "number_inactive"
    LINE_TYPE_BANNED = "line_type_banned"

    OUTSIDE_HOURS = "outside_hours"
    HOLIDAY = "holiday"
    FREQUENCY_CAP = "frequency_cap"
    COOLDOWN_REFUSAL = "cooldown_refusal"
    COOLDOWN_CONTACT = "cooldown_contact"

    CLI_MISSING = "cli_missing"
    CLI_PREFIX_REQUIRED = "cli_prefix_required"
    CLI_PREFIX_BANNED = "cli_prefix_banned"
    VOICE_MODE_BANNED = "voice_mode_banned"
    CATEGORY_BANNED = "category_banned"
    CALLER_NOT_REGISTERED = "caller_not_registered"

    POLICY_CHANGED_RECHECK = "policy_changed_recheck"
    DECISION_EXPIRED = "decision_expired"
    MANUAL_REVIEW = "manual_review"
    ERASED_SUBJECT_SUPPRESSED = "erased_subject_suppressed"

    @property
    def permanence(self) -> Permanence:
        """Tell how long this reason lasts."""
        if self in _UNTIL:
            return Permanence.UNTIL
        return Permanence.PERMANENT if self in _PERMANENT else Permanence.FIXABLE


_UNTIL = frozenset(
    {
        Reason.OUTSIDE_HOURS,
        Reason.HOLIDAY,
        Reason.FREQUENCY_CAP,
        Reason.COOLDOWN_REFUSAL,
        Reason.COOLDOWN_CONTACT,
        Reason.CONSENT_NOT_YET_VALID,
    }
)
_PERMANENT = frozenset(
    {
        Reason.LINE_TYPE_BANNED,
        Reason.OBJECTED_CONTROLLER,
        Reason.OBJECTED_ALL,
        Reason.CONSENT_WITHDRAWN,
        Reason.CONSENT_REQUEST_CALL_BANNED,
        Reason.CATEGORY_BANNED,
        Reason.ERASED_SUBJECT_SUPPRESSED,
        Reason.NUMBER_REASSIGNED,
        Reason.NUMBER_INACTIVE,
    }
)
