"""Proving with a handle and a password, and a second factor where there is one, who somebody is."""

from __future__ import annotations

from core.errors import Overloaded
from core.executors import Executors
from core.http import Call, RequestGate
from people.accounts import normal_handle
from people.devices import Attempts, device_in
from people.errors import SecondFactorNeeded, WrongCode, WrongCredentials
from people.passwords import hashed, is_outdated
from people.security.factors import Factors
from people.sessions import Account, Sessions
from people.settings.welcome import set_device_cookie


class PasswordCheck:
    def __init__(self, executors: Executors, sessions: Sessions, attempts: Attempts, factors: Factors) -> None:
        self._sql, self._hashing = executors.sql, executors.passwords
        self._sessions = sessions
        self._attempts = attempts
        self._factors = factors

    async def proved(self, call: Call, handle: str, password: str, code: str) -> tuple[Account, str]:
        """Who it is, and what was used. Raises RateExceeded, WrongCredentials, SecondFactorNeeded, WrongCode."""
        gate: RequestGate = call.request.app.state.gate
        account = await self._sessions.account(handle)
        known = self.device(call, account) if account is not None else ""
        address = gate.address(call.request)
        await self._sql.run(self._attempts.count, normal_handle(handle), address, known)
        try:
            account = await self._sessions.verified(account, password)
            factor = await self.second_step(account, code, known)
        except (WrongCredentials, WrongCode) as refusal:
            person = account.person.id if account else ""
            gate.security.write("sign_in_refused", address=address, person=person, reason=refusal.code)
            refusal.noted = True
            raise
        return account, factor or "password"

    async def renew(self, call: Call, account: Account, password: str) -> None:
        """Once somebody is in: hash their password, which was right, at today's cost. The device stays known."""
        if not is_outdated(account.password_hash):
            return
        try:
            fresh = await self._hashing.run(hashed, password)
        except Overloaded:  # there will be another sign-in
            return
        if await self._sql.run(self._sessions.renew_hash, account, fresh):
            gate: RequestGate = call.request.app.state.gate
            device = device_in(call.request.cookies.get(gate.device_cookie, ""), account.password_hash)
            set_device_cookie(call, fresh, device)

    def device(self, call: Call, account: Account) -> str:
        """The device, if this account has signed in on it before; empty if not."""
        gate: RequestGate = call.request.app.state.gate
        own = call.who is not None and call.who.id == account.person.id
        cookie = call.request.cookies.get(gate.device_cookie, "")
        return device_in(cookie, account.password_hash) or ("session" if own else "")

    async def second_step(self, account: Account, code: str, device: str) -> str:
        """What was used; empty where there is no second factor. Raises SecondFactorNeeded, WrongCode."""
        person = account.person.id
        if not (await self._sql.run(self._factors.of, person)).any:
            return ""
        if not code:
            raise SecondFactorNeeded
        await self._sql.run(self._attempts.count_code, person, device)
        await self._sql.run(self._factors.spend, person, code)
        return "code"
