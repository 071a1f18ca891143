"""Discovery says what is there, and nothing that is not."""

from urllib.parse import urlsplit

from builders.doors import Doors
from builders.programs import asked

from services.identity.domain.clients import GRANTS


async def test_every_endpoint_that_is_named_is_there_and_every_grant_is_taken(identity_doors: Doors) -> None:
    paths = set(identity_doors.app.openapi()["paths"])
    async with identity_doors.client() as client:
        server = (await client.get("/.well-known/oauth-authorization-server")).json()
        provider = (await client.get("/.well-known/openid-configuration")).json()
    assert server.items() <= provider.items()
    named = {name: address for name, address in provider.items() if name.endswith(("_endpoint", "_uri"))}
    assert {urlsplit(address).path for address in named.values()} <= paths
    assert all(address.startswith(f"{identity_doors.issuer}/") for address in named.values())
    for grant in (*GRANTS, "password", "implicit"):
        answer = (await asked(identity_doors, "token", grant_type=grant)).json()
        assert (answer["error"] != "unsupported_grant_type") == (grant in provider["grant_types_supported"])
    assert (provider["response_types_supported"], provider["code_challenge_methods_supported"]) == (["code"], ["S256"])
