"""What can go wrong around accounts."""

from __future__ import annotations

from xiaoneng.core.errors import BadInput, XiaonengError


class SignInRefused(XiaonengError):
    """Name and password do not belong together (which of both is wrong is not said)."""

    code = "sign_in_refused"


class LockedOut(SignInRefused):
    """Too many failures; the right password is refused too until the lock ends."""

    code = "locked_out"


class PasswordRefused(BadInput):
    """The new password breaks a rule; ``params['problems']`` lists them in the reader's language."""

    code = "password_refused"
