"""How a defence pack is verified, as the text that lies in it."""

VERIFY = """\
HOW TO VERIFY THIS PACK

You need not trust whoever made it, but you must have one thing by another way: the log's key. Compare
keys/SHARD.vkey with the key that was published, or that you were given before. Everything below works on any
computer with a shell, openssl 3 and Python 3, without a network. SHARD is the year in which that part of the
log began, as in 2026.

1. The pack itself. manifest.json names every file with its SHA-256:

     python3 -c "import hashlib,json;[print('ok' if hashlib.sha256(open(n,'rb').read()).hexdigest()==f['sha256'] \\
       else 'BAD',n) for n,f in json.load(open('manifest.json'))['files'].items()]"

2. One entry. leaves/ID.json holds its exact bytes. Its leaf hash is SHA-256(0x00 || bytes) (RFC 6962, 2.1):

     { printf '\\000'; cat leaves/ID.json; } | openssl dgst -sha256 -binary | base64

   decisions.json, events/ and the receipts write the same hash in base64url without padding.

3. Its place in the log. proofs/ID.tlog-proof (C2SP tlog-proof) holds the index, the hashes from the leaf
   upwards, a blank line, and a signed checkpoint: origin, size and root. inclusion.py walks from the leaf to
   the root (RFC 9162, 2.1.3.2); it is short, read it:

     python3 inclusion.py ID

   An entry without a proof was not integrated yet when the pack was made; its proof can be asked for later.

4. The checkpoint's signature. inclusion.py writes what was signed to text and the signature to sig:

     openssl pkeyutl -verify -pubin -inkey keys/SHARD.pem -rawin -in text -sigfile sig

   keys/SHARD.pem holds the key that stands behind the last plus sign of keys/SHARD.vkey (one byte 0x01, then
   the key). Any program for C2SP signed notes takes the lines behind the blank line of the proof as they are.

5. What is personal. openings.json holds, for each entry, the salt and what the entry commits to. `number` in
   the leaf is HMAC-SHA256(salt, the number with its plus sign):

     printf %s '+420...' | openssl dgst -sha256 -mac HMAC -macopt hexkey:SALT_HEX

   `fields` is HMAC-SHA256(salt, "fields:" || the fields as RFC 8785 JSON). null: it was erased, and the leaf
   still stands.

6. The rules. rules/HEX.json has the SHA-256 HEX, which is the `ruleset` that a decision's leaf names:

     openssl dgst -sha256 rules/*.json

   rules/asked.json holds the text of every rule that was asked about each decision, with its citation.

7. Evidence. The `evidence` of a consent event are the SHA-256 of the artefacts: hash what you are shown and
   compare.

8. Receipts. A receipt the dialer kept is a JWS: base64url header, payload and signature, joined by dots. The
   signature is over "header.payload":

     openssl pkeyutl -verify -pubin -inkey keys/receipts.pem -rawin -in signed -sigfile signature

   Its `leaf_hash` must be that of step 2; its `commitment` is the leaf's `number`.

9. The whole log. That nothing was left out, and that every decision follows from the entries and the rules,
   is verified with a bundle of the log and one file, which needs Python alone and is meant to be read before
   it is believed:

     python3 dialgate_verify.py BUNDLE --vkey "$(cat keys/SHARD.vkey)"

   Both come from the service: GET /v1/log/bundle?controller=..., and /static/log/dialgate_verify.py.
"""

INCLUSION = '''\
"""Check that an entry stands in its log: python3 inclusion.py ID. Writes `text` and `sig` for openssl."""

import base64
import hashlib
import sys

entry = sys.argv[1]
proof = open(f"proofs/{entry}.tlog-proof", encoding="utf-8").read()
head, _, note = proof.partition("\\n\\n")
_, index, *hashes = head.split("\\n")
text, _, signatures = note.partition("\\n\\n")
origin, size, root = text.split("\\n")[:3]
place, last = int(index.removeprefix("index ")), int(size) - 1
found = hashlib.sha256(b"\\x00" + open(f"leaves/{entry}.json", "rb").read()).digest()
for sibling in map(base64.b64decode, hashes):
    if last == 0:
        sys.exit("BAD: the proof is too long")
    if place & 1 or place == last:
        found = hashlib.sha256(b"\\x01" + sibling + found).digest()
        while place and not place & 1:
            place, last = place >> 1, last >> 1
    else:
        found = hashlib.sha256(b"\\x01" + found + sibling).digest()
    place, last = place >> 1, last >> 1
if last != 0 or base64.b64encode(found).decode() != root:
    sys.exit("BAD: the proof leads to another root")
open("text", "w", encoding="utf-8", newline="").write(text + "\\n")
open("sig", "wb").write(base64.b64decode(signatures.split("\\n")[0].split(" ")[2])[4:])
print("ok:", entry, "stands in", origin, "of", size, "entries")
'''
