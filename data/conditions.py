"""Conditions on accounts and units as people write them, without ever running what they write.

``potential >= 100000 and segment in ('A', 'B')`` is taken apart into `Condition`; `data.matching` finds the rows that
fulfil it. The grammar::

    condition   = all ("or" all)*
    all         = one ("and" one)*
    one         = "not" one | "(" condition ")" | column [test]
    test        = ("=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=") value
                | ["not"] "in" "(" value ("," value)* ")"
                | "is" ["not"] "empty"
    value       = number | 'text' | "text" | true | false
    column      = a name, or [a name with spaces]

A column without a test has to hold yes or no. Text is compared exactly but for spaces around it; dates written as
2026-07-31 compare as text in the right order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_TOKENS = 500
"""Longest condition that is read, in words and signs."""
MOST_NESTED = 50
"""Deepest nesting of brackets and ``not``."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))"
    r"|(?P<text>'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\")"
    r"|(?P<bracketed>\[[^\]]*\])"
    r"|(?P<sign><=|>=|<>|!=|==|=|<|>|\(|\)|,)"
    r"|(?P<word>[^\W\d][\w.]*))"
)
_SAME = {"==": "=", "<>": "!="}
_SIGNS = ("=", "!=", "<", "<=", ">", ">=")
_WORDS = frozenset(("and", "or", "not", "in", "is", "empty", "true", "false"))

Value = float | str | bool


class ConditionError(ValueError):
    """A condition that cannot be read or does not fit its table.

    Parameters
    ----------
    why
        What is wrong, in plain words.
    position
        Character at which it shows, counted from 1.
    """

    def __init__(self, why: str, position: int) -> None:
        self.why, self.position = why, position
        super().__init__(f"At character {position}: {why}")

    def __reduce__(self) -> tuple[type[ConditionError], tuple[str, int]]:
        return type(self), (self.why, self.position)


@dataclass(frozen=True)
class Comparison:
    """A column held against values.

    Parameters
    ----------
    column
        Its name as written.
    sign
        ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``in``, ``empty`` or ``yes`` (a column by itself).
    against
        What it is held against; several for ``in``, none for ``empty`` and ``yes``.
    written
        The same as they stand in the condition, without quotes.
    position
        Character at which the column stands, counted from 1.
    """

    column: str
    sign: str
    against: tuple[Value, ...]
    written: tuple[str, ...]
    position: int


@dataclass(frozen=True)
class Every:
    """Fulfilled where every part is."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Some:
    """Fulfilled where some part is."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """Fulfilled where its part is not."""

    part: Condition


Condition = Comparison | Every | Some | Not


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int

    @property
    def word(self) -> str:
        """The word in small letters, or the sign; ``""`` for names, numbers and texts."""
        if self.kind == "sign":
            return _SAME.get(self.text, self.text)
        return self.text.lower() if self.kind == "word" and self.text.lower() in _WORDS else ""


def parse_condition(text: str) -> Condition:
    """Return the condition that `text` states.

    Raises
    ------
    ConditionError
        Where it states none, with the place and what was expected there.
    """
    return _Parser(text).parse()


def columns_of(condition: Condition) -> Iterator[Comparison]:
    """Yield every test of a condition, from left to right."""
    if isinstance(condition, Comparison):
        yield condition
    elif isinstance(condition, Not):
        yield from columns_of(condition.part)
    else:
        for part in condition.parts:
            yield from columns_of(part)


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            quote = text[at] in "'\""
            why = "The text is not closed." if quote else f"{text[at]!r} means nothing in a condition."
            raise ConditionError(why, at + 1)
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind], match.start(kind) + 1))
        at = match.end()
        if len(found) > MOST_TOKENS:
            raise ConditionError(f"The condition has more than {MOST_TOKENS} words and signs.", at + 1)
    return found


class _Parser:
    """Takes a condition apart from left to right."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.at, self.depth = text, _tokens(text), 0, 0

    def parse(self) -> Condition:
        """Return the whole condition."""
        if not self.tokens:
            raise ConditionError("The condition is empty.", 1)
        found = self._some()
        if self.at < len(self.tokens):
            self._fail("'and' or 'or'")
        return found

    def _next(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _take(self, *words: str) -> str | None:
        """Return the next word or sign and pass it, where it is one of `words`."""
        token = self._next()
        if token is None or token.word not in words or not token.word:
            return None
        self.at += 1
        return token.word

    def _fail(self, expected: str) -> None:
        token = self._next()
        if token is None:
            raise ConditionError(f"The condition ends where {expected} is needed.", len(self.text) + 1)
        raise ConditionError(f"{token.text!r} stands where {expected} is needed.", token.position)

    def _some(self) -> Condition:
        parts = [self._every()]
        while self._take("or"):
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Some(tuple(parts))

    def _every(self) -> Condition:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _one(self) -> Condition:
        token = self._next()
        self.depth += 1
        if self.depth > MOST_NESTED and token is not None:
            raise ConditionError(f"Brackets stand more than {MOST_NESTED} deep.", token.position)
        found: Condition
        if self._take("not"):
            found = Not(self._one())
        elif self._take("("):
            found = self._some()
            if not self._take(")"):
                self._fail("')'")
        else:
            found = self._test()
        self.depth -= 1
        return found

    def _test(self) -> Condition:
        token = self._next()
        if token is None or token.word or token.kind not in ("word", "bracketed"):
            self._fail("the name of a column")
        assert token is not None
        self.at += 1
        name = token.text[1:-1].strip() if token.kind == "bracketed" else token.text
        if sign := self._take(*_SIGNS):
            return self._test_of(name, sign, [self._value()], token)
        if self._take("is"):
            denied = self._take("not")
            if not self._take("empty"):
                self._fail("'empty'")
            found = Comparison(name, "empty", (), (), token.position)
            return Not(found) if denied else found
        denied = self._take("not")
        if self._take("in"):
            found = self._test_of(name, "in", self._listed(), token)
            return Not(found) if denied else found
        if denied:
            self._fail("'in'")
        return Comparison(name, "yes", (), (), token.position)

    @staticmethod
    def _test_of(name: str, sign: str, values: list[tuple[Value, str]], token: _Token) -> Comparison:
        return Comparison(
            name, sign, tuple(v for v, _ in values), tuple(w for _, w in values), token.position
        )

    def _listed(self) -> list[tuple[Value, str]]:
        if not self._take("("):
            self._fail("'('")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        if not self._take(")"):
            self._fail("',' or ')'")
        return values

    def _value(self) -> tuple[Value, str]:
        token = self._next()
        if token is not None and token.kind == "number":
            self.at += 1
            return float(token.text), token.text
        if token is not None and token.kind == "text":
            self.at += 1
            quote = token.text[0]
            inside = token.text[1:-1].replace(quote * 2, quote)
            return inside, inside
        if word := self._take("true", "false"):
            return word == "true", word
        self._fail("a number, a text in quotes, true or false")
        raise AssertionError("unreachable: _fail raises")
