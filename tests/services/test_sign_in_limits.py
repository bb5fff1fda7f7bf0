"""Networks: what is counted together, whoever tries."""

import pytest

from app.services.sign_in_limits import network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),  # all of IPv4 was one network where a socket of both kinds listened
        ("::ffff:192.0.2.2", "192.0.2.2"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("192.0.2.1:443", "unknown"),
    ],
)
def test_a_network_is_an_address_of_ipv4_or_a_64_of_ipv6(address: str, network: str) -> None:
    assert network_of(address) == network
