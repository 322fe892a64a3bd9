"""Text around a question: a model's chat template, cut where the question begins and ends.

Question fine-tuning teaches `question_prefix + question + question_end`; sampling starts from the prefix alone and
stops at the end. Both are read off the tokenizer's own template, so that no model family is spelled out here. Prefix
and question are tokenized apart, in training too: together, tokens could span the seam (`User: ` and `What` become
`User`, `:`, ` What`), and sampling would start from a prefix that training never showed.

Source: PAPER.md section 1, QFT text. Differs: the authors write the prefixes of two families by hand, one of them with
a literal BOS to which the tokenizer then adds a second.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from scalequest_assets.engines.base import Choice, Message
from scalequest_assets.engines.loading import loading_remedy
from scalequest_assets.errors import EngineError
from scalequest_assets.thinking import Spoken, marks_thinking, spoken

_SENTINEL: Final = "QUESTIONSENTINEL"


def render(
    tokenizer: Any,
    messages: Sequence[Message],
    *,
    add_generation_prompt: bool = True,
    enable_thinking: bool | None = None,
) -> str:
    """Return a chat as one text, special tokens included.

    Special tokens spelled out inside a message are removed: what a model wrote must not open or close a turn. Where a
    template refuses the system role, the system text is put in front of the first user message, as its makers advise.

    Raises:
        EngineError: If the tokenizer has no chat template, or the template refuses the messages.
    """
    if not tokenizer.chat_template:
        raise EngineError(
            f"the tokenizer of {tokenizer.name_or_path!r} has no chat template",
            "use an instruct model, or add chat_template.jinja to the model's directory",
        )
    plain = [Message(role=m.role, content=_without_special_tokens(tokenizer, m.content)) for m in messages]
    try:
        return _apply(tokenizer, plain, add_generation_prompt, enable_thinking)
    except Exception as error:  # templates raise what they like: jinja2.TemplateError, TypeError, …
        folded = _fold_system(plain)
        if folded == plain:
            raise EngineError(
                f"the chat template of {tokenizer.name_or_path!r} refuses the roles "
                f"{[m.role for m in messages]}: {error}",
                "user and assistant must take turns, beginning with the user",
            ) from error
        return _apply(tokenizer, folded, add_generation_prompt, enable_thinking)


def question_prefix(tokenizer: Any, system: str | None) -> str:
    """Return what precedes a user's first word; with `system` None, the template's own default system text or none."""
    return _around_question(tokenizer, system)[0]


def question_end(tokenizer: Any) -> str:
    r"""Return what ends a user's turn, up to and with the token that sampling stops at.

    ChatML: `<|im_end|>`; Llama 3: `<|eot_id|>`; Mistral: `[/INST]`, where that is a token. A template that ends turns
    with plain text gets the tokenizer's EOS instead: behind white space (DeepSeek's two line ends, as in the paper), in
    place of words (an older Mistral's `[/INST]`), which would be taken for the end of the question.
    """
    return _end(tokenizer, _around_question(tokenizer, None)[1])


def answer_end(tokenizer: Any) -> str:
    """Return what ends the model's own turn, up to and with the token that others stop at: a Mistral's `</s>`.

    In most formats it is what ends a user's turn too, as where a template shows no answer, or changes it.
    """
    chat = [Message(role="user", content="?"), Message(role="assistant", content=_SENTINEL)]
    parts = render(tokenizer, chat, add_generation_prompt=False).split(_SENTINEL)
    return _end(tokenizer, parts[1]) if len(parts) == 2 else question_end(tokenizer)


def stop_token_ids(tokenizer: Any, generation_config: Any = None) -> frozenset[int]:
    """Return the tokens that end a completion: the model's, the tokenizer's EOS, and the ends of turns."""
    configured = getattr(generation_config, "eos_token_id", None)
    ids = set(configured) if isinstance(configured, Iterable) else {configured}
    ids.add(tokenizer.eos_token_id)
    if tokenizer.chat_template:
        ids |= {row[-1] for row in encode(tokenizer, [question_end(tokenizer), answer_end(tokenizer)])}
    return frozenset(i for i in ids if i is not None)


def encode(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Return token ids of rendered texts, with the BOS that the tokenizer's convention demands exactly once."""
    if not texts:
        return []
    rows: list[list[int]] = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    if not _demands_bos(tokenizer):
        return rows
    bos = tokenizer.bos_token_id
    return [row if row[:1] == [bos] else [bos, *row] for row in rows]


def choice_tokens(tokenizer: Any, choice: Choice) -> tuple[list[int], list[int]]:
    """Return the tokens that begin each of two answers, sorted; those that begin both are left out.

    Raises:
        EngineError: An answer has no token of its own.
    """
    this, other = (
        {ids[0] for ids in tokenizer(list(spellings), add_special_tokens=False)["input_ids"] if ids}
        for spellings in (choice.this, choice.other)
    )
    if not this - other or not other - this:
        raise EngineError(
            f"the tokenizer of {tokenizer.name_or_path!r} begins {choice.this[0]!r} and {choice.other[0]!r} alike",
            "leave `probability` out of solvability.evidence, or name another model as roles.judge",
        )
    return sorted(this - other), sorted(other - this)


class TokenReader:
    """Makes text of the tokens that a model wrote, the same for every engine that has a tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._hides_thinking = any(marks_thinking(token) for token in _special_tokens(tokenizer))

    def read(self, token_ids: Sequence[int], prompt: str) -> Spoken:
        """Return what the tokens behind a prompt say, without special tokens, and apart from it what they think."""
        if self._hides_thinking:  # as special tokens, the marks would be dropped and what they enclose would stay
            whole = self._tokenizer.decode(token_ids, skip_special_tokens=False)
            if marks_thinking(whole) or marks_thinking(prompt[-100:]):
                text, reasoning, is_open = spoken(whole, prompt=prompt)
                plain = [part and _without_special_tokens(self._tokenizer, part) for part in (text, reasoning)]
                return Spoken(plain[0] or "", plain[1], is_open)
        return spoken(self._tokenizer.decode(token_ids, skip_special_tokens=True), prompt=prompt)


class ChatFormat:
    """A model's chat template and tokenizer, without its weights."""

    def __init__(self, model_path: str, *, revision: str | None = None, trust_remote_code: bool = False) -> None:
        self.tokenizer = load_tokenizer(model_path, revision=revision, trust_remote_code=trust_remote_code)

    def render(self, messages: Sequence[Message], *, enable_thinking: bool | None = None) -> str:
        """Return a chat as one text: a prompt, up to where the assistant's turn begins, or whole if it has spoken."""
        is_prompt = messages[-1].role != "assistant"
        return render(self.tokenizer, messages, add_generation_prompt=is_prompt, enable_thinking=enable_thinking)

    def question_prefix(self, system: str | None) -> str:
        """See `question_prefix`."""
        return question_prefix(self.tokenizer, system)

    def question_end(self) -> str:
        """See `question_end`."""
        return question_end(self.tokenizer)

    def answer_end(self) -> str:
        """See `answer_end`."""
        return answer_end(self.tokenizer)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, a BOS included where the tokenizer demands one."""
        return [len(ids) for ids in encode(self.tokenizer, texts)]


def load_tokenizer(model_path: str, *, revision: str | None = None, trust_remote_code: bool = False) -> Any:
    """Return the tokenizer of a directory or hub id.

    Raises:
        EngineError: If there is none.
    """
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(model_path, revision=revision, trust_remote_code=trust_remote_code)
    except (OSError, ValueError) as error:
        raise EngineError(
            f"no tokenizer could be loaded from {model_path!r} (revision {revision}): {error}",
            loading_remedy(error),
        ) from error


def _apply(
    tokenizer: Any, messages: Sequence[Message], add_generation_prompt: bool, enable_thinking: bool | None
) -> str:
    chat = [{"role": m.role, "content": m.content} for m in messages]
    told = {} if enable_thinking is None else {"enable_thinking": enable_thinking}
    return str(tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=add_generation_prompt, **told))


def _fold_system(messages: list[Message]) -> list[Message]:
    if len(messages) < 2 or messages[0].role != "system":
        return messages
    first = Message(role=messages[1].role, content=f"{messages[0].content}\n\n{messages[1].content}")
    return [first, *messages[2:]]


def _around_question(tokenizer: Any, system: str | None) -> tuple[str, str]:
    user = Message(role="user", content=_SENTINEL)
    messages = [user] if system is None else [Message(role="system", content=system), user]
    parts = render(tokenizer, messages, add_generation_prompt=False).split(_SENTINEL)
    if len(parts) != 2:
        raise EngineError(
            f"the chat template of {tokenizer.name_or_path!r} shows a user's message {len(parts) - 1} times, not once",
            "use a model with a plain chat template as question generator",
        )
    return parts[0], parts[1]


def _end(tokenizer: Any, tail: str) -> str:
    """Return what ends a turn of what a template writes behind its text."""
    ends = [tail.index(token) + len(token) for token in _special_tokens(tokenizer) if token in tail]
    if ends:
        return tail[: min(ends)]
    if tokenizer.eos_token is None:
        raise EngineError(
            f"the chat template of {tokenizer.name_or_path!r} ends no turn and its tokenizer has no EOS",
            "use another model as question generator",
        )
    return ("" if tail.strip() else tail) + str(tokenizer.eos_token)


def _special_tokens(tokenizer: Any) -> list[str]:
    added = [str(token) for token in tokenizer.added_tokens_decoder.values() if token.special]
    return [token for token in {*tokenizer.all_special_tokens, *added} if token]


def _without_special_tokens(tokenizer: Any, text: str) -> str:
    found = [token for token in _special_tokens(tokenizer) if token in text]
    while found:  # removing one can join the halves of another
        for token in found:
            text = text.replace(token, "")
        found = [token for token in found if token in text]
    return text


def _demands_bos(tokenizer: Any) -> bool:
    if tokenizer.bos_token_id is None:
        return False
    with_special: list[int] = tokenizer("a")["input_ids"]
    return with_special[:1] == [tokenizer.bos_token_id]
