"""Which handler serves which topic; apps register theirs when Django starts (``AppConfig.ready``)."""

from __future__ import annotations

from xiaoneng.apps.outbox.contracts import Topic

_topics: dict[str, Topic] = {}


def register(topic: Topic) -> None:
    """Serve ``topic.name`` by this handler; the same topic may be registered again by the same app only."""
    known = _topics.get(topic.name)
    if known is not None and known.handler is not topic.handler:
        raise ValueError(f"topic {topic.name} has two handlers")
    _topics[topic.name] = topic


def topics() -> dict[str, Topic]:
    """A copy of the registered topics by name."""
    return dict(_topics)
