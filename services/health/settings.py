"""What only health needs: which hospitals' systems it is connected to. Who enters a hospital chooses one of these names."""

from functools import cached_property

from pydantic import Field

from chassis.settings import Settings


def _pairs(said: str) -> dict[str, str]:
    return dict(pair.strip().split("=", 1) for pair in said.split(",") if "=" in pair)


class HealthSettings(Settings):
    """Of a system's address its wire is read.

    A FHIR R4 base (`https://…/fhir`), a SOAP service (`soap+https://…`), an HL7 v2 listener and its facility (`mllp://host:port/name`).
    """

    hospital_systems: str = Field(default="", description="name=address, separated by commas")
    hospital_tokens: str = Field(default="", repr=False, description="name=bearer token, separated by commas")

    mllp_listen: str = Field(default="", description="host:port where hospitals' systems tell us over HL7 v2; empty: nowhere")
    mllp_certificate: str = Field(default="", description="a PEM file: what we show there, and its key")
    mllp_peers: str = Field(default="", description="a folder with the certificate of each hospital's system, <name>.pem")

    fhir_daily: int = Field(default=2000, description="how many people and ids a hospital's programs may ask about in a day")

    booking_page: str = Field(default="", description="where a resident books; `?slot=` is added. Empty: /app/ of the origin")

    turn_urls: str = Field(default="", description="TURN servers for video, as turn:host:port?transport=udp, separated by commas")
    turn_secret: str = Field(default="", repr=False, description="the static-auth-secret of those servers")

    @cached_property
    def systems(self) -> dict[str, str]:
        """Addresses by name."""
        return _pairs(self.hospital_systems)

    @cached_property
    def tokens(self) -> dict[str, str]:
        """Tokens by name."""
        return _pairs(self.hospital_tokens)
