"""The rules of signing keys: how long a key is known before it signs, and how long it is published after."""

from datetime import timedelta

from services.identity.domain.sign_in import ACCESS_LIFE

PUBLISHED_AHEAD = timedelta(hours=24)  # far longer than anybody keeps our keys: a service ten minutes, the gateway one
AFTER_WITHDRAWAL = timedelta(seconds=90)  # longer than the gateway keeps keys: a new key that signs then is refused nowhere
PUBLISHED_AFTER = ACCESS_LIFE + timedelta(minutes=1)  # no token of ours is good for longer; the rest is for clocks that differ
