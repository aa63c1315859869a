"""A tag per token: quality by spans, files in every usual form, hostile ones, the command line."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import tilth
from tilth.algorithms.labels import sentence_quality, token_cut, token_errors, token_quality
from tilth.algorithms.labels.tokens import span_scheme
from tilth.checks.check import Findings, NotApplicable
from tilth.checks.label_tasks.tokens import find_token_errors
from tilth.cli.app import run
from tilth.data.read import read_like
from tilth.errors import InvalidInputError, UnreadableDataError
from tilth.models.token_model import tempered
from tilth.signals import PROVIDERS
from tilth.signals.signals import Signals

CLASSES = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]


def confident(codes, p=0.9, n=5):
    probs = np.full((len(codes), n), (1 - p) / (n - 1))
    probs[np.arange(len(codes)), codes] = p
    return probs


def slow_quality(labels, probs, offsets, classes):
    """One token at a time, as the docstring of `token_quality` says it."""
    pieces = [slice(*ends) for ends in pairwise(offsets)]
    return np.concatenate([of_sentence(labels[p], probs[p], classes) for p in pieces])


def of_sentence(labels, probs, classes):
    kind = np.array([name[2:] if name != "O" else "O" for name in classes])
    names = ["O", *sorted(set(kind) - {"O"})]
    of = [{k: row[kind == k].sum() for k in names} for row in probs]
    seen = [max(names, key=row.get) for row in of]
    given = kind[labels]
    result = np.zeros(len(labels))

    def joins(i, parts):  # whether token i goes on from i - 1
        if given[i] == "O":
            same = given[i - 1] == "O" and seen[i] == seen[i - 1] != "O"
            return same and not classes[int(np.argmax(probs[i]))].startswith("B")
        same = given[i] == given[i - 1] and not classes[labels[i]].startswith("B")
        return same and not (parts and (seen[i] == "O") != (seen[i - 1] == "O"))

    def margin(row, name):
        return (1 + row[name] - max(p for other, p in row.items() if other != name)) / 2

    tags = [dict(enumerate(row)) for row in probs]
    for i in range(len(labels)):
        low = high = start = end = i
        while low > 0 and joins(low, parts=True):
            low -= 1
        while high + 1 < len(labels) and joins(high + 1, parts=True):
            high += 1
        while start > 0 and joins(start, parts=False):
            start -= 1
        while end + 1 < len(labels) and joins(end + 1, parts=False):
            end += 1
        if start < low and high < end:
            low, high = start, end
        run, span = range(low, high + 1), range(start, end + 1)
        of_run = np.mean([margin(of[j], given[j]) for j in run])
        of_span = np.mean([margin(of[j], given[j]) for j in span])
        known = np.mean([of[j][given[j]] for j in run])
        own = margin(tags[i], labels[i])
        result[i] = ((own + of_run + of_span) / 3 * of_run * known) ** (1 / 3)
    return result


def test_quality_is_what_the_slow_way_gives():
    rng = np.random.default_rng(0)
    for _ in range(20):
        lengths = rng.integers(0, 9, 12)
        offsets = np.append(0, np.cumsum(lengths))
        n = offsets[-1]
        probs = rng.dirichlet(np.full(5, 0.3), n)
        labels = np.where(rng.random(n) < 0.7, probs.argmax(1), rng.integers(0, 5, n))
        np.testing.assert_allclose(
            token_quality(labels, probs, offsets, classes=CLASSES),
            slow_quality(labels, probs, offsets, CLASSES),
        )


def test_without_spans_quality_is_self_confidence():
    probs = confident([0, 1, 2], 0.7)
    np.testing.assert_allclose(
        token_quality(np.array([0, 1, 1]), probs, [0, 3]), [0.7, 0.7, 0.075]
    )
    words = ["NOUN", "VERB", "ADJ", "DET", "X"]
    np.testing.assert_allclose(
        token_quality(np.array([0, 1, 1]), probs, [0, 3], classes=words), [0.7, 0.7, 0.075]
    )


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        (["B-PER", "I-PER", "O"], [1, 1, 0]),
        (["S-LOC", "E-LOC", "L-PER", "U-PER", "O"], [1, 1, 2, 2, 0]),
        (["B_a-b", "I_a-b"], [1, 1]),
        (["NOUN", "VERB"], None),
        (["B-PER", "X"], None),
        (["O", "O2"], None),
    ],
)
def test_span_schemes_are_known_by_their_names(names, kinds):
    scheme = span_scheme(names, len(names))
    assert scheme is None if kinds is None else scheme.kind.tolist() == kinds


def test_a_whole_wrong_entity_is_worse_than_one_odd_token_of_a_right_one():
    given = np.array([1, 3, 3, 4, 0, 2, 2])  # a person, a place
    probs = confident([0, 2, 2, 4, 0, 4, 2], 0.9)  # all of it a place; one odd token
    quality = token_quality(given, probs, [0, 7], classes=CLASSES)
    assert quality[:3].max() < quality[5] < quality[4]


def test_an_entity_drawn_too_long_is_worse_than_one_with_a_gap_that_the_model_sees():
    given = np.array([1, 3, 3, 4, 1, 3, 3])  # two persons of three tokens
    probs = confident(
        [1, 3, 4, 4, 1, 4, 3], 0.9
    )  # the first ends early; a gap in the second
    quality = token_quality(given, probs, [0, 7], classes=CLASSES)
    # O is 0.9 and B-PER, I-PER 0.025 each. Own margin 0.0625; the kind: 0.05 and (1 + .05 - .9) / 2.
    margin = (1 + 0.05 - 0.9) / 2
    sure = (1 + 0.925 - 0.05) / 2  # of the tokens that the model sees as a person
    span = (2 * sure + margin) / 3
    own = (1 + 0.025 - 0.9) / 2
    assert quality[2] == pytest.approx(
        ((own + margin + span) / 3 * margin * 0.05) ** (1 / 3)
    )
    known = (2 * 0.925 + 0.05) / 3
    assert quality[5] == pytest.approx(((own + 2 * span) / 3 * span * known) ** (1 / 3))
    assert quality[2] < quality[5] < quality[4]


def test_sentences_are_as_good_as_their_worst_token():
    quality = np.array([0.5, 0.9, 0.3])
    np.testing.assert_array_equal(sentence_quality(quality, [0, 0, 2, 3]), [1.0, 0.5, 0.3])
    assert sentence_quality(np.zeros(0), [0]).size == 0


def test_order_of_sentences_and_of_classes_does_not_matter():
    rng = np.random.default_rng(1)
    probs = rng.dirichlet(np.full(5, 0.3), 40)
    labels = rng.integers(0, 5, 40)
    expected = token_quality(labels, probs, np.arange(0, 41, 4), classes=CLASSES)
    swap = np.r_[20:40, 0:20]
    found = token_quality(labels[swap], probs[swap], np.arange(0, 41, 4), classes=CLASSES)
    np.testing.assert_allclose(found, expected[swap])
    order = [4, 2, 0, 3, 1]
    found = token_quality(
        np.argsort(order)[labels], probs[:, order], np.arange(0, 41, 4),
        classes=[CLASSES[i] for i in order],
    )  # fmt: skip
    np.testing.assert_allclose(found, expected)


def test_as_many_are_flagged_as_are_expected_and_none_of_sound_ones():
    rng = np.random.default_rng(2)
    true = rng.integers(0, 5, 3000)
    probs = confident(true, 0.97)
    labels = true.copy()
    wrong = rng.choice(3000, 30, replace=False)
    labels[wrong] = (labels[wrong] + 1) % 5
    offsets = np.arange(0, 3001, 10)
    flagged = token_errors(labels, probs, offsets)
    assert flagged[wrong].all()
    assert flagged.sum() <= 45
    assert token_cut(true, confident(true, 0.999), np.ones(3000)) < 0
    assert token_cut(true[:0], probs[:0], np.zeros(0)) < 0


@pytest.mark.parametrize(
    ("offsets", "said"),
    [
        ([0, 2], r"rise from 0 to the number of elements \(3\), got 0 to 2"),
        ([1, 3], "got 1 to 3"),
        ([0, 3, 2, 3], "must rise"),
        ([0.0, 3.0], "whole numbers"),
        ([], "whole numbers"),
    ],
)
def test_offsets_that_do_not_fit_are_refused(offsets, said):
    with pytest.raises(InvalidInputError, match=said):
        token_quality(np.zeros(3, int), confident([0, 0, 0]), offsets)


def test_names_that_do_not_fit_are_refused():
    with pytest.raises(InvalidInputError, match="name every column"):
        token_quality(np.zeros(3, int), confident([0, 0, 0]), [0, 3], classes=["O"])


def test_the_check_names_sentence_and_token_and_shows_what_is_around():
    tags = np.array([0, 4, 4, 4, 1])
    probs = confident([0, 4, 4, 4, 0], 0.97)
    words = np.array(["Paris", "is", "big", ".", "Rome"], dtype=object)
    findings = find_token_errors(
        tags, probs, np.array([0, 4, 5]), words, np.array([3, 7]),
        np.array([f"d{i}" for i in range(9)], dtype=object), np.array(CLASSES, dtype=object),
        max_quality=0.5,
    )  # fmt: skip
    assert isinstance(findings, Findings)
    (issue,) = findings.issues.to_dict("records")
    assert issue["key"] == "sentence d7 token 0"
    assert (issue["given"], issue["suggested"], issue["token"]) == (
        "B-PER",
        "B-LOC",
        "Rome",
    )
    assert issue["excerpt"] == "[Rome]"
    members = findings.members.set_index("key")["position"]
    assert members["sentence d7 token 0"] == 7
    assert findings.table["key"].is_unique
    same = find_token_errors(
        tags[:1], probs[:1], np.array([0, 1]), words[:1], np.array([0]), np.arange(1),
        np.array(CLASSES),
    )  # fmt: skip
    assert isinstance(same, NotApplicable)


SENTENCES = [["EU", "rejects", "New York"], ["Peter"], []]
TAGS = [["B-ORG", "O", "B-LOC"], ["B-PER"], []]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    return tmp_path


def flat(data):
    signals = Signals(data, PROVIDERS)
    return (
        signals["tokens"].tolist(),
        data.classes[signals["tags"]].tolist(),
        signals["offsets"].tolist(),
    )


def test_lists_in_every_format_read_alike(folder):
    frame = pd.DataFrame({"tokens": SENTENCES, "ner_tags": TAGS, "doc": list("abc")})
    frame.to_parquet("t.parquet")
    frame.to_json("t.jsonl", orient="records", lines=True)
    frame.assign(
        tokens=frame["tokens"].map(json.dumps), ner_tags=frame["ner_tags"].map(json.dumps)
    ).to_csv("t.csv", index=False)
    expected = (
        ["EU", "rejects", "New\u00a0York", "Peter"],
        ["B-ORG", "O", "B-LOC", "B-PER"],
        [0, 3, 4, 4],
    )
    for source in ("t.parquet", "t.jsonl", "t.csv", frame):
        data = tilth.read(source, task="tokens")
        assert flat(data) == expected
        assert data.schema.text == ("tokens",)
        again = tilth.read(data, task="tokens")
        assert again.version_id == data.version_id
        assert flat(read_like(source, data)) == expected


def test_numbers_as_tags_of_equally_long_sentences_stay_lists(folder):
    frame = pd.DataFrame({"tokens": [["a", "b"], ["c", "d"]], "tags": [[0, 1], [1, 1]]})
    frame.to_json("t.jsonl", orient="records", lines=True)
    assert flat(tilth.read("t.jsonl", task="tokens"))[1] == ["0", "1", "1", "1"]


@pytest.mark.parametrize("ending", [".conll", ".txt", ".conll.gz"])
def test_conll_files_read_by_sentences(folder, ending):
    text = "-DOCSTART- -X- O O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\r\n\n\n\nPeter NNP B-NP B-PER\n"
    if ending.endswith(".gz"):
        import gzip

        with gzip.open(f"t{ending}", "wt") as file:
            file.write(text)
    else:
        (folder / f"t{ending}").write_text(text)
    data = tilth.read(f"t{ending}", task="tokens" if ending == ".txt" else None)
    assert flat(data) == (["EU", "rejects", "Peter"], ["B-ORG", "O", "B-PER"], [0, 2, 3])
    assert data.schema.task == "tokens"
    other = tilth.read(f"t{ending}", task="tokens", label="column_2")
    assert flat(other)[1] == ["NNP", "VBZ", "NNP"]


def test_universal_dependencies_are_read_by_form_and_part_of_speech(folder):
    rows = ["# text = Let's go", "1-2\tLet's" + "\t_" * 8]
    rows += [
        f"{i}\t{w}\t_\t{t}" + "\t_" * 6
        for i, w, t in ((1, "Let", "VERB"), (2, "'s", "PRON"))
    ]
    (folder / "t.conllu").write_text("\n".join([*rows, "2.1\tx" + "\t_" * 8, "", ""]))
    assert flat(tilth.read("t.conllu"))[:2] == (["Let", "'s"], ["VERB", "PRON"])


def test_one_row_per_token_is_grouped_also_where_only_the_first_names_the_sentence(folder):
    frame = pd.DataFrame(
        {
            "Sentence #": ["Sentence: 1", None, None, "Sentence: 2"],
            "Word": ["EU", "NA", "x", "Peter"],
            "POS": list("abcd"),
            "Tag": ["B-ORG", "O", "O", "B-PER"],
        }
    )
    data = tilth.read(frame, task="tokens")
    assert flat(data)[0] == ["EU", "NA", "x", "Peter"]
    assert data.example_id.tolist() == ["Sentence: 1", "Sentence: 2"]
    assert any("POS" in note for note in data.notes)
    frame.assign(doc="d").to_csv("t.csv", index=False)
    data = tilth.read("t.csv", task="tokens", id="Sentence #", text="Word", label="Tag")
    assert flat(data)[1:] == (["B-ORG", "O", "O", "B-PER"], [0, 3, 4])
    assert data.table["doc"].tolist() == ["d", "d"]


@pytest.mark.parametrize(
    ("table", "how", "said"),
    [
        ({"tokens": [["a", "b"]], "tags": [["O"]]}, {}, "1 tags for 2 tokens in row 0"),
        ({"tokens": [["a"], ["b"]], "tags": [["O"], [None]]}, {}, "must hold text"),
        ({"tokens": [["a"]], "tags": [[["O"]]]}, {}, "must hold text|holds"),
        ({"tokens": [["a"]], "tags": [["B-X"]]}, {"classes": ["O"]}, '"B-X" of `memory`'),
        ({"tokens": ["a", "b"], "tags": ["O", "O"]}, {}, "Name it with --id"),
        (
            {"sentence": [1, 1], "token": ["a", "b"], "tag": ["O", None]},
            {},
            "empty in row 1",
        ),
        (
            {"sentence": [None, 1], "token": ["a", "b"], "tag": ["O", "O"]},
            {},
            "empty in row 0",
        ),
        ({"x": [1], "y": [2]}, {}, "no column is called tokens"),
        ({"tokens": [["a"]], "tags": [["O"]]}, {"label": "tgs"}, 'column "tgs" is missing'),
    ],
)
def test_what_are_no_tagged_sentences_is_refused(table, how, said):
    with pytest.raises(InvalidInputError, match=said):
        tilth.read(table, task="tokens", **how)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("EU B-ORG\nrejects\n", "line 2 has 1 columns"),
        ("\n\n", "holds no|no text|empty"),
        ("EU\n", "has 1 columns"),
    ],
)
def test_damaged_conll_files_are_refused_by_line(folder, text, said):
    (folder / "t.conll").write_text(text)
    with pytest.raises(UnreadableDataError, match=said):
        tilth.read("t.conll")


def test_sentences_without_tags_are_left_out():
    data = tilth.read({"tokens": [["a", "b"], ["c"]], "tags": [None, ["O"]]}, task="tokens")
    assert flat(data) == (["c"], ["O"], [0, 1])


def test_tempered_probabilities_are_as_sure_as_they_are_right():
    rng = np.random.default_rng(3)
    honest = rng.dirichlet(np.full(4, 0.5), 4000)
    labels = np.array([rng.choice(4, p=p) for p in honest])
    sharp = honest**6
    sharp /= sharp.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(tempered(sharp, labels), honest, atol=0.05)


def corpus(rng, n=300):
    people, places = ["Ann Lee", "Bob Ray", "Cid Fox"], ["Rome", "Oslo", "Bonn"]
    sentences, tags = [], []
    for _ in range(n):
        who, where = rng.choice(people).split(), rng.choice(places)
        sentences.append([*who, "lives", "in", where, "now" if rng.random() < 0.5 else "."])
        tags.append(["B-PER", "I-PER", "O", "O", "B-LOC", "O"])
    return sentences, tags


def test_an_audit_trains_its_own_tagger_and_finds_the_wrong_entity(folder, capsys):
    sentences, tags = corpus(np.random.default_rng(4))
    tags[17] = ["B-LOC", "I-LOC", *tags[17][2:]]
    pd.DataFrame({"tokens": sentences, "tags": tags}).to_parquet("t.parquet")
    assert run(["audit", "t.parquet", "--task", "tokens", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    check = next(c for c in document["checks"] if c["name"] == "label_errors")
    assert check["unit"] == "element"
    assert {i["key"] for i in check["issues"][:2]} == {
        "sentence 17 token 0", "sentence 17 token 1"
    }  # fmt: skip
    assert check["issues"][0]["example_ids"] == [17]
    assert check["issues"][0]["evidence"]["example_quality"] < 0.5
    assert document["facts"]["signal_model"] == "linear tagger"
    assert [c["name"] for c in document["checks"] if c["outcome"] == "failed"] == []
    assert run(["audit", "v1", "--select", "label_errors"]) == 0
    assert "sentence 17 token" in capsys.readouterr().out
    assert run(["audit", "t.parquet", "--task", "tokens", "--html", "r.html"]) == 0
    assert "sentence 17 token" in (folder / "r.html").read_text()
    capsys.readouterr()
    assert run(["improve", "t.parquet", "--task", "tokens"]) == 2
    assert "Use tilth audit" in capsys.readouterr().err


def test_probabilities_of_tokens_come_from_a_file(folder, capsys):
    sentences, tags = corpus(np.random.default_rng(5), 200)
    order = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    codes = np.array([order.index(t) for s in tags for t in s])
    np.save("p.npy", confident(codes, 0.96))
    wrong = range(3, 200, 20)
    for row in wrong:
        tags[row] = ["B-LOC", "I-LOC", *tags[row][2:]]
    pd.DataFrame({"tokens": sentences, "tags": tags}).to_json(
        "t.jsonl", orient="records", lines=True
    )
    command = ["audit", "t.jsonl", "--task", "tokens", "--select", "label_errors"]
    command += ["--pred-probs", "p.npy", "--json"]
    assert run([*command, "--classes", ",".join(order)]) == 0
    (check,) = json.loads(capsys.readouterr().out)["checks"]
    found = {i["key"] for i in check["issues"]}
    assert found == {f"sentence {row} token {i}" for row in wrong for i in (0, 1)}
    assert run([*command, "--classes", "O,B-PER"]) == 2  # unknown tags
    assert "must list every tag" in capsys.readouterr().err
    np.save("p.npy", confident(codes[:-1], 0.96))
    assert run([*command, "--classes", ",".join(order)]) == 2
    assert "one row per token" in capsys.readouterr().err
    np.save("p.npy", confident(codes, 0.96)[:, :4])
    assert run([*command, "--classes", ",".join(order)]) == 2
    assert "--classes" in capsys.readouterr().err
    np.save("p.npy", confident(codes, 0.999))
    assert run([*command, "--classes", ",".join(order)]) == 0
    np.save("p.npy", confident(codes, 0.96) * 3)
    assert run([*command, "--classes", ",".join(order)]) == 2


def test_a_model_of_yours_is_asked_for_its_probabilities(folder, capsys):
    sentences, tags = corpus(np.random.default_rng(6), 30)
    pd.DataFrame({"tokens": sentences, "tags": tags}).to_parquet("t.parquet")
    assert run(["audit", "t.parquet", "--task", "tokens", "--model", "logistic"]) == 0
    assert "give them with --pred-probs" in capsys.readouterr().out
