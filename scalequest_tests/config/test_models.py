import pytest

from scalequest_assets.config.file import edit_document, read_profile, validate
from scalequest_assets.config.models import GgufModel, GgufWheels, billion_parameters
from scalequest_assets.config.profile import Profile
from scalequest_assets.config.public import public_document
from scalequest_assets.errors import ProfileError

HASH = "0123456789abcdef" * 4
ON_DISK = "{kind: path, path: some/where/model-3b.q4.gguf}"
ON_HUB = "{kind: hub, id: org/model-GGUF, file: small/model-1.5b-q4_k_m.gguf}"
IN_WHEELS = "{kind: wheels, packages: ['part-{1..3}==1.0', last==2.1+cpu]}"


def profile(*sources: str, sha256: str = HASH) -> Profile:
    entry = f"models.q={{kind: gguf, sha256: {sha256}, sources: [{', '.join(sources)}]}}"
    return validate(edit_document(read_profile("embedded"), [entry, "roles.judge.model=q"]), "test")


def test_a_gguf_model_may_lie_in_several_places():
    model = profile(ON_DISK, ON_HUB, IN_WHEELS).models["q"]
    assert isinstance(model, GgufModel)
    assert [source.kind for source in model.sources] == ["path", "hub", "wheels"]
    assert model.sources[1].revision == "main"
    assert model.sources[2].requirements() == ["part-1==1.0", "part-2==1.0", "part-3==1.0", "last==2.1+cpu"]


def test_the_hash_identifies_it_and_not_where_it_lies():
    first = profile(ON_DISK)
    for same in (profile(ON_HUB, IN_WHEELS), profile(ON_DISK, sha256=HASH.upper())):
        assert same.fingerprint("roles.judge", "models") == first.fingerprint("roles.judge", "models")
    assert profile(ON_DISK, sha256="f" * 64).fingerprint("roles.judge") != first.fingerprint("roles.judge")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a==1", ["a==1"]),
        ("a{1..2}==1.0", ["a1==1.0", "a2==1.0"]),
        ("a-{08..10}.b==1", ["a-08.b==1", "a-09.b==1", "a-10.b==1"]),
        ("a{3..3}==1!2.0rc1", ["a3==1!2.0rc1"]),
    ],
)
def test_numbers_of_packages_are_written_as_a_range(text, names):
    assert GgufWheels(kind="wheels", packages=(text,)).requirements() == names


@pytest.mark.parametrize(
    "text",
    ["a", "a>=1", "a==1,<2", "a=={1..2}", "--pre==x", "-r==1", "a @ file:///x", "a{1..}==1", "a{1..2}{1..2}==1",
     "a==1 b==2", "a==1\n", "", "a[b]==1", "a==1;python_version>'3'", "../a==1", "a{b..c}==1"],
)  # fmt: skip
def test_what_is_no_package_with_its_version_is_refused(text):
    with pytest.raises(ValueError, match=r"write name==1\.0"):
        GgufWheels(kind="wheels", packages=(text,))


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ((), "models.q.sources: no source of the file\n    -> name one, such as {kind: path"),
        (("{kind: path, pth: x}",), "models.q.sources.0.pth: unknown key\n    -> did you mean 'path'?"),
        ((ON_DISK, "{kind: hub, id: org/name}"), "models.q.sources.1.file: missing"),
        ((ON_DISK, "{kind: hub, id: name, file: x}"), "models.q.sources.1.id: String"),
        (("{kind: hub, id: org/name, file: x, revision: a b}",), "models.q.sources.0.revision: String"),
        (("{kind: wheels, packages: []}",), "models.q.sources.0.packages: 0 packages"),
        (("{kind: wheels, packages: ['a{2..1}==1']}",), "packages: 'a{2..1}==1' counts down"),
        (("{kind: wheels, packages: ['a{1..1001}==1']}",), "packages: 1,001 packages"),
        (("{kind: wheels, packages: ['a{1..999999}==1', 'b{1..999999}==1']}",), "1,000 at most"),
        (("{kind: torrent, path: x}",), "models.q.sources.0.kind: missing or unknown"),
    ],
)
def test_mistakes_name_the_source(sources, expected):
    with pytest.raises(ProfileError) as caught:
        profile(*sources)
    assert expected in str(caught.value)


@pytest.mark.parametrize("sha256", ["abc", HASH + "0", HASH.replace("0", "g")])
def test_a_hash_has_64_digits(sha256):
    with pytest.raises(ProfileError, match=r"models\.q\.sha256: String"):
        profile(ON_DISK, sha256=sha256)


def test_the_size_is_that_of_the_first_name_that_says_it():
    assert billion_parameters(profile(ON_DISK, ON_HUB).models["q"]) == 3
    assert billion_parameters(profile("{kind: path, path: x.gguf}", ON_HUB).models["q"]) == 1.5
    assert billion_parameters(profile(IN_WHEELS).models["q"]) is None


def test_a_release_carries_no_directory_of_it():
    document = public_document(profile(ON_DISK, ON_HUB))
    assert [source.get("path") for source in document["models"]["q"]["sources"]] == ["model-3b.q4.gguf", None]
    assert document["models"]["q"]["sources"][1]["file"] == "small/model-1.5b-q4_k_m.gguf"
