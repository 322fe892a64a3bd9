"""Which settings of a profile do not go together: names of what is not there, and more than there may be.

Read from the raw document, so that these problems show beside those of single fields, which make it no `Profile` yet.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from scalequest_assets.config.mistakes import Problem, mapping
from scalequest_assets.config.profile import MAX_PARTITIONS, TRAINED_ROLE_MODEL
from scalequest_assets.engines.settings import DEFAULT_ENGINE
from scalequest_assets.recipe.languages import ENGLISH, LANGUAGES
from scalequest_assets.recipe.settings import Prices
from scalequest_assets.stages import STAGES
from scalequest_assets.subjects import DEFAULT, family_styles, subject_languages, subject_names


def combination_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find combinations that cannot work, on the raw document, so that they show beside wrong fields."""
    generators, models = mapping(document.get("generators")), mapping(document.get("models"))
    problems = _size_problems(document, len(generators))
    known = [*models, *([TRAINED_ROLE_MODEL] if document.get("role_model") else [])]
    for key, name in _model_names(document):
        if name not in known:
            remedy = f"one of: {', '.join(known) or 'nothing yet'}; or add '{name}' to models"
            problems.append(Problem(key, f"no model is named {name!r}", remedy))
    problems += _api_problems(document)
    problems += _evidence_problems(document)
    problems += _gap_problems(document)
    problems += _pairs_problems(document)
    problems += _engine_problems(document)
    problems += _language_problems(document)
    problems += [
        Problem(f"models.{name}", "the name stands for the asset", "choose another name")
        for name in STAGES.models
        if name in models
    ]
    problems += [
        Problem(f"release.mix.{name}", f"no generator is named {name!r}", f"one of: {', '.join(generators)}")
        for name in mapping(mapping(document.get("release")).get("mix"))
        if name not in generators
    ]
    problems += _student_problems(document, list(generators))
    for section in ("seeds", "benchmarks"):
        problems += _source_problems(section, document, list(generators))
    for style in _listed(mapping(document.get("role_model")).get("styles")):
        problems += _unknown_style("role_model.styles", style, document)
    return problems


def later_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find combinations that waste what is spent. Earlier releases took them: homes that have one stay as they are."""
    return _sampling_problems(document) + _budget_problems(document)


def _api_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find models behind a server in places that need weights, unknown servers, and prices of unknown models."""
    models = mapping(document.get("models"))
    is_api = {name: mapping(model).get("kind") == "api" for name, model in models.items()}
    with_weights = ", ".join(name for name in models if not is_api[name]) or "a model of kind hub, path, gguf or wheel"
    problems = [
        Problem(key, f"'{name}' is an api model, which can neither be trained nor score", f"one of: {with_weights}")
        for key, name in _model_names(document)
        if is_api.get(name) and not key.startswith("roles.")
    ]
    servers = mapping(mapping(document.get("engine")).get("servers"))
    for name in (name for name in models if is_api[name]):
        server = mapping(models[name]).get("server")
        if isinstance(server, str) and server not in servers:
            remedy = f"one of: {', '.join(servers) or 'none yet'}; or add engine.servers.{server}.base_url"
            problems.append(Problem(f"models.{name}.server", f"engine.servers has no '{server}'", remedy))
    by_token = [name for name in models if is_api[name]]
    problems += [
        Problem(f"prices.tokens.{name}", "only models behind a server (kind api) are paid by token", remedy)
        for name in mapping(mapping(document.get("prices")).get("tokens"))
        if name not in by_token
        for remedy in [f"one of: {', '.join(by_token) or 'none yet'}; others cost prices.gpu_hour or prices.cpu_hour"]
    ]
    return problems + _equal_api_models(models, by_token)


def _evidence_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find evidence that the judge cannot give: votes that are copies of one another, a server's probabilities."""
    kinds = _listed(mapping(document.get("solvability")).get("evidence"))
    judge = mapping(mapping(document.get("roles")).get("judge"))
    problems = []
    if "votes" in kinds and mapping(judge.get("sampling")).get("temperature", 0) == 0:
        what = "0, at which all votes (solvability.evidence) are the same text"
        problems.append(Problem("roles.judge.sampling.temperature", what, "a higher one, such as 0.7"))
    is_api = mapping(mapping(document.get("models")).get(str(judge.get("model")))).get("kind") == "api"
    if "probability" in kinds and is_api:
        what = "the judge is an api model, whose server is not asked for a `probability`"
        problems.append(Problem("solvability.evidence", what, "name `votes` instead, or a judge with weights"))
    return problems


def _sampling_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find samples that would be copies of one another: at temperature 0 a prompt has one completion."""
    roles = mapping(document.get("roles"))
    several = {"question_sampling": (document.get("question_sampling"), "all questions of a generator")}
    for role, section in (("responder", "answers"), ("weak_solver", "answers"), ("solver", "difficulty")):
        num = mapping(document.get(section)).get("num_samples")
        if isinstance(num, int) and num > 1 and roles.get(role):
            sampling = mapping(roles[role]).get("sampling", {})
            several[f"roles.{role}.sampling"] = (sampling, f"all {num} samples ({section}.num_samples)")
    return [
        Problem(f"{key}.temperature", f"0, at which {which} are the same text", "a higher one, such as 0.7")
        for key, (sampling, which) in several.items()
        if isinstance(sampling, Mapping) and sampling.get("temperature", 0) == 0
    ]


def _budget_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find a bound in dollars where prices are in another currency."""
    currency = mapping(document.get("prices")).get("currency", Prices().currency)
    if mapping(document.get("budget")).get("max_usd") is None or currency == "USD":
        return []
    what, remedy = f"is in dollars, and prices.currency is {currency}", "prices in USD, or max_gpu_hours or max_tokens"
    return [Problem("budget.max_usd", what, remedy)]


def _gap_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find a band of gaps where nobody's pass rate is taken from the responder's."""
    gap = mapping(mapping(document.get("answers")).get("gap"))
    is_bound = any(bound is not None for bound in gap.values())
    if not is_bound or mapping(mapping(document.get("roles")).get("weak_solver")):
        return []
    what = "a gap is the responder's pass rate less that of roles.weak_solver, and there is none"
    return [Problem("answers.gap", what, "name a smaller model as roles.weak_solver, or leave answers.gap out")]


def _pairs_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find pairs of own samples where one answer to a question, which always agrees with itself, makes each trivial."""
    pairs, key = mapping(document.get("question_tuning")).get("pairs"), "difficulty.num_samples"
    if pairs != "own_samples" or mapping(document.get("difficulty")).get("num_samples") != 1:
        return []
    what = "1, but question_tuning.pairs: own_samples chooses questions whose sampled answers differ"
    return [Problem(key, what, "2 or more, or question_tuning.pairs: rewrites")]


def _engine_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find what the kind of engine cannot do: kinds of numbers, a model on more GPUs than a worker has."""
    engine = mapping(document.get("engine"))
    kind, on_ray = engine.get("kind", DEFAULT_ENGINE.kind), mapping(engine.get("ray"))
    runs = on_ray.get("engine", DEFAULT_ENGINE.ray.engine) if kind == "ray" else kind
    if runs == DEFAULT_ENGINE.kind:
        return []
    what, remedy = f"engine.kind {runs} has no int8", "auto, or engine.kind: transformers"
    keys = [key for key in ("dtype", "scoring_dtype") if engine.get(key) == "int8"]
    problems = [Problem(f"engine.{key}", what, remedy) for key in keys]
    gpus, shared = on_ray.get("gpus_per_worker"), mapping(engine.get("vllm")).get("tensor_parallel_size", 1)
    if kind == "ray" and isinstance(gpus, int | float) and isinstance(shared, int) and 1 < shared != gpus:
        what = f"{gpus:g}, and engine.vllm.tensor_parallel_size has {shared} GPUs share one model"
        problems.append(Problem("engine.ray.gpus_per_worker", what, f"{shared}, or leave it out"))
    return problems


def _equal_api_models(models: Mapping[str, Any], names: Sequence[str]) -> list[Problem]:
    """Find api models that count as one model, but are asked at different servers."""
    problems, seen = [], dict[tuple[str, str], str]()
    for name in names:
        model = mapping(models[name])
        first = seen.setdefault((str(model.get("id")), str(model.get("revision"))), name)
        if mapping(models[first]).get("server") != model.get("server"):
            what = f"the same id and revision as models.{first}, on another server: they would count as one model"
            problems.append(Problem(f"models.{name}.revision", what, "give one of them a revision of its own"))
    return problems


def _size_problems(document: Mapping[str, Any], num_generators: int) -> list[Problem]:
    problems = []
    shards = document.get("num_shards")
    if isinstance(shards, int) and shards * num_generators > MAX_PARTITIONS:
        what = f"{num_generators} generators x {shards} shards = {num_generators * shards} partitions"
        problems.append(Problem("num_shards", what, f"at most {MAX_PARTITIONS}; raise questions_per_shard instead"))
    return problems


def _model_names(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (dotted key, model name) for every place that names a model."""
    places = (("role_model", "base"), ("difficulty", "base"), ("reward_model", "base"), ("reward_model", "model"))
    found = [(f"{section}.{key}", mapping(document.get(section)).get(key)) for section, key in places]
    found += [(f"roles.{r}.model", mapping(v).get("model")) for r, v in mapping(document.get("roles")).items()]
    found += [(f"generators.{g}.base", mapping(v).get("base")) for g, v in mapping(document.get("generators")).items()]
    bases = mapping(mapping(document.get("students")).get("bases"))
    found += [(f"students.bases.{name}.model", mapping(base).get("model")) for name, base in bases.items()]
    return [(key, name) for key, name in found if isinstance(name, str)]


def _student_problems(document: Mapping[str, Any], generators: list[str]) -> list[Problem]:
    """Find students of what is not there, and a base that was taught every role already."""
    students = mapping(document.get("students"))
    bases, evaluation = mapping(students.get("bases")), mapping(students.get("evaluation"))
    problems = [
        Problem(f"students.bases.{name}.model", "the role model has learned these questions already", "name its base")
        for name, base in bases.items()
        if mapping(base).get("model") == TRAINED_ROLE_MODEL
    ]
    for name, student in mapping(students.get("trained")).items():
        for key, known in (("base", list(bases)), ("generator", generators)):
            value = mapping(student).get(key)
            if isinstance(value, str) and value not in known:
                remedy = f"one of: {', '.join(known) or 'none yet'}"
                problems.append(Problem(f"students.trained.{name}.{key}", f"there is no {value!r}", remedy))
    for index, source in enumerate(_listed(evaluation.get("held_out"))):
        problems += _style_problem(f"students.evaluation.held_out.{index}", mapping(source), document)
    return problems


def _language_problems(document: Mapping[str, Any]) -> list[Problem]:
    """Find a language without prompts, and what is there in English alone."""
    language, subject = document.get("language", ENGLISH), document.get("subject", DEFAULT)
    if language == ENGLISH or not isinstance(language, str) or subject not in subject_names():
        return []
    known = subject_languages(subject)
    if language not in known:
        named = ", ".join(f"{code} ({LANGUAGES[code].name})" for code in known)
        return [Problem("language", f"subject {subject} has no prompts in {language!r}", f"one of: {named}")]
    problems = []
    if document.get("role_model"):
        what = f"it is taught on families of problems, which are in English, and language is {language}"
        problems.append(Problem("role_model", what, "leave it out, and name ready models for the roles"))
    if mapping(document.get("screening")).get("language") == "ascii":
        what = f"keeps English alone, and language is {language}"
        problems.append(Problem("screening.language", f"ascii {what}", "langid, or off"))
    if mapping(document.get("engine")).get("kind") == "simulate":
        what = f"what it writes is made of our families of problems, which are in English, and language is {language}"
        problems.append(Problem("engine.kind", f"simulate: {what}", "simulate in English: language=en"))
    return problems


def _listed(value: object) -> Sequence[Any]:
    """Return a list of a document; nothing where it is none, which shows elsewhere."""
    return value if isinstance(value, list | tuple) else []


def _style_problem(key: str, source: Mapping[str, Any], document: Mapping[str, Any]) -> list[Problem]:
    return _unknown_style(f"{key}.style", source.get("style"), document) if source.get("kind") == "families" else []


def _unknown_style(key: str, style: object, document: Mapping[str, Any]) -> list[Problem]:
    subject, language = document.get("subject", DEFAULT), document.get("language", ENGLISH)
    if not isinstance(style, str) or subject not in subject_names() or language not in subject_languages(str(subject)):
        return []
    styles = family_styles(str(subject), str(language))
    if not styles:
        what = f"{subject} has no families of problems in {LANGUAGES[str(language)].name}"
        return [Problem(key, what, "give questions by file or from the hub")]
    known = f"one of: {', '.join(styles)}"
    return [] if style in styles else [Problem(key, f"{subject} has no style '{style}'", known)]


def _source_problems(section: str, document: Mapping[str, Any], generators: list[str]) -> list[Problem]:
    sources = [mapping(source) for source in _listed(mapping(document.get(section)).get("sources"))]
    problems = []
    for index, source in enumerate(sources):
        problems += _style_problem(f"{section}.sources.{index}", source, document)
        key = f"{section}.sources.{index}.generators"
        problems += [
            Problem(key, f"no generator is named {name!r}", f"one of: {', '.join(generators) or 'none yet'}")
            for name in _listed(source.get("generators"))
            if name not in generators
        ]
    if section == "seeds":
        if not sources:
            problems.append(
                Problem(
                    "seeds.sources",
                    "no source of seed questions",
                    "add one, e.g. {kind: families, style: grade_school}",
                )
            )
        for generator in generators:
            if sources and not any(generator in (_listed(s.get("generators")) or generators) for s in sources):
                problems.append(
                    Problem(
                        f"generators.{generator}",
                        "no seed source is for it",
                        "name it in a source's generators, or leave generators out of one",
                    )
                )
    return problems
