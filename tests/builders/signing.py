"""Residents of the demo who sign in through the gateway, whoever asked for a code to their phone just before."""

import asyncio

from simulators.miniprogram import CannotSignIn, Client

_A_MINUTE = 60


async def sign_in(client: Client, phone: str) -> Client:
    """By a code: a phone is sent one a minute, so this waits once, as long as it is told to."""
    try:
        return await client.sign_in_by_code(phone)
    except CannotSignIn as refused:
        if not 0 < refused.wait <= _A_MINUTE:
            raise
        await asyncio.sleep(refused.wait)
        return await client.sign_in_by_code(phone)
