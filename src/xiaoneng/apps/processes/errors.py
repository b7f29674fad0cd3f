"""What can go wrong around decisions and processes."""

from __future__ import annotations

from xiaoneng.core.errors import BadInput, NotFound, XiaonengError


class Changed(XiaonengError):
    """Someone else saved, published or discarded meanwhile."""

    code = "wrong_state"


class NotPublishable(BadInput):
    """The draft has errors, failing test cases, or a date on which it cannot begin."""

    code = "not_publishable"


class SamePerson(BadInput):
    """Whoever wrote a version may not publish it (four eyes)."""

    code = "same_person"


class NotInForce(NotFound):
    """No version applies on that day."""

    code = "not_in_force"
