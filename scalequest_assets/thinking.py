"""What of a model's text is thinking, and what is said: pure functions on strings, for engines and parsers alike.

Marks of thinking are found by their form, a tag that names thought: `<think>`, `<thinking>`, `<seed:think>`,
`[THINK]`, the channels of gpt-oss and Gemma. Tokens that end a turn are found by theirs: `<|…|>`, `</s>`.
"""

import re
from typing import Final, NamedTuple

_NAME: Final = r"(?:[a-z0-9_]{1,12}[:|])?(?:think|thinking|thoughts?|reasoning|scratchpad|inner_monologue)(?:_process)?"
_QUOTE: Final = r"[\"'`]"
_MARK: Final = re.compile(
    rf"(?P<opens>(?<!{_QUOTE})<{_NAME}\s?>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|channel>thought\b"
    r"|<\|(?:start_)?thinking\|>"
    r"|<\|channel\|>(?:analysis|commentary)\b[^<\n]{0,80}<\|message\|>)"
    rf"|</{_NAME}\s?>(?!{_QUOTE})|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<channel\|>|<\|(?:/|end_)thinking\|>"
    r"|<\|channel\|>final\b[^<\n]{0,80}<\|message\|>",
    re.IGNORECASE,
)
_SIGNS: Final = "<[◁"
"""What marks begin with: most texts have none, and are not searched."""
_MARK_OF_TURN: Final = (
    r"(?:<\|[^|<>\s]{1,40}\|>|<\uff5c[^\uff5c<>\s]{1,40}\uff5c>|</s>"
    r"|<(?:eos|pad|end_of_turn|start_of_turn)>|<turn\|>)"
)
_END: Final = re.compile(rf"{_MARK_OF_TURN}\s*\Z")
_BEGIN: Final = re.compile(
    r"\A\s*(?:<\|im_start\|>assistant\b|<\|start_header_id\|>assistant<\|end_header_id\|>|<start_of_turn>model\b"
    r"|<\|(?:begin_of_solution|start_response)\|>)\s*",
    re.IGNORECASE,
)
_NEXT_TURN: Final = re.compile(
    rf"{_MARK_OF_TURN}\s{{0,8}}(?:<\|[^|<>\s]{{1,40}}\|>|<start_of_turn>)"
    r"|(?<![ \t`\"'])(?:<\|(?:im_end|eot_id|eom_id|endoftext|end_of_text|eot)\|>|<end_of_turn>|<eos>)"
    r"|(?<=\S)\s*(?:<\|im_start\|>|<\|start_header_id\|>|<start_of_turn>)",
    re.IGNORECASE,
)


class Spoken(NamedTuple):
    """A model's text in two parts.

    Attributes:
        text: What it says, without thinking and without tokens that end a turn.
        reasoning: What it thought; None where it shows none.
        is_open: Whether it was cut, or ended, while it thought.
    """

    text: str
    reasoning: str | None
    is_open: bool = False


def spoken(text: str, *, prompt: str = "", shown: str | None = None) -> Spoken:
    """Return a model's text without its thinking and without the tokens that end its turn.

    Thinking stands between an opening and a closing mark, before a closing mark that nothing opened (chat templates
    open it in the prompt), or behind an opening mark that nothing closes (the model was cut). An opening mark inside
    of thinking opens nothing, and one in quotes is a word. A text without any of them comes back as it is.

    Args:
        text: As the model wrote it.
        prompt: What it continues: one that ends in an opening mark has begun the thinking.
        shown: Thinking that a server gave beside the text.
    """
    said, thought, is_open = _split(text, is_open=_opens_thinking(prompt))
    parts = [part.strip() for part in (shown or "", *thought)]
    reasoning = "\n\n".join(part for part in parts if part) or None
    return Spoken(without_end_tokens(said), reasoning and without_end_tokens(reasoning), is_open)


def without_thinking(text: str) -> str:
    """Return what a text says, without thinking and end tokens; see `spoken`."""
    return spoken(text).text


def without_end_tokens(text: str) -> str:
    """Return a text without the tokens around it that a server left there, nor what a model wrote behind them."""
    if "<" not in text:  # with which all of them begin
        return text
    text = _BEGIN.sub("", text)
    if further := _NEXT_TURN.search(text):
        text = text[: further.start()].rstrip()
    while (end := _END.search(text[-200:])) and not (end[0].startswith("</s>") and "<s>" in text):  # HTML's
        text = text[: len(text) - len(end[0])].rstrip()
    return text


def marks_thinking(token: str) -> bool:
    """Return whether a token opens or closes thinking, or is part of a mark that does."""
    return bool(_MARK.search(token)) or token in ("<|channel|>", "<|channel>", "<|message|>")


def _opens_thinking(prompt: str) -> bool:
    tail = prompt[-100:].rstrip()
    last = next((mark for mark in _MARK.finditer(tail) if mark.end() == len(tail)), None)
    return last is not None and last["opens"] is not None


def _split(text: str, *, is_open: bool) -> tuple[str, list[str], bool]:
    """Return what is said, what is thought, and whether the thinking was still open at the end."""
    said: list[str] = []
    thought: list[str] = []
    start = 0
    for mark in _MARK.finditer(text) if any(sign in text for sign in _SIGNS) else ():
        before, opens = text[start : mark.start()], mark["opens"] is not None
        if is_open and opens:
            continue  # a word of the thought: `start` stays
        if is_open:
            thought.append(before)
        elif opens:
            said.append(before)
        else:  # closed, and never opened: all so far was thinking
            thought.append("".join([*said, before]))
            said.clear()
        is_open, start = opens, mark.end()
    if not start and not is_open:
        return text, [], False
    (thought if is_open else said).append(text[start:])
    return "".join(said).strip(), thought, is_open
