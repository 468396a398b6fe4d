"""The one form of an e-mail address, and what is none that mail can go to."""

import unicodedata

import pytest

from storage.accounts.addresses import UnusableAddress, canonical, forms

BOOKS = "a@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a@bücher.example", BOOKS),
        (unicodedata.normalize("NFD", "a@bücher.example"), BOOKS),
        ("a@BÜCHER.Example", BOOKS),
        ("a@XN--BCHER-KVA.example", BOOKS),
        ("a@ｂüｃｈｅｒ．ｅｘａｍｐｌｅ", BOOKS),
        ("a@bücher。example", BOOKS),
        ("a@bü\u00adcher.example", BOOKS),  # a soft hyphen
        ("a@faß.example", "a@xn--fa-hia.example"),
        ("a@fass.example", "a@fass.example"),
        ("a@例子.广告", "a@xn--fsqu00a.xn--4rr70v"),
        ("a@Ⅷ.example", "a@viii.example"),
        ("Ann.B+tag@Example.ORG", "Ann.B+tag@example.org"),
        ("o'neil_{x}=1@ab--cd.org", "o'neil_{x}=1@ab--cd.org"),
        ("JÖRG@example.org", "jörg@example.org"),
        (unicodedata.normalize("NFD", "jörg@example.org"), "jörg@example.org"),
        ("用户@example.org", "用户@example.org"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_all_ways_to_write_an_address_are_kept_as_one(given: str, kept: str) -> None:
    assert canonical(given) == kept
    assert canonical(kept) == kept
    assert forms(given).kept == kept
    assert canonical(forms(given).shown) == kept


@pytest.mark.parametrize(
    "address",
    [
        "", "nobody", "@example.org", "a@", "a@@example.org", "a@b@example.org",
        ".a@example.org", "a.@example.org", "a..b@example.org",
        '"a b"@example.org', '"a"@example.org', "a(x)@example.org", "a <a@example.org>",
        "a,b@example.org", "a b@example.org", "a\n@example.org", "a\r\nBcc: b@example.org",
        "a\u200bb@example.org", "a\u00a0b@example.org", "a\u2028@example.org",
        "a\u202eb@example.org",
        "=?utf-8?q?a?=@example.org", "=?utf-8?b?w7w=?=.b@example.org",
        "ａ@example.org", "ﬁ@example.org", "a＠example.org", "o’neil@example.org", "😀@example.org",
        "a@localhost", "a@example", "a@invalid", "a@example.org.", "a@.example.org",
        "a@example..org", "a@[127.0.0.1]", "a@127.0.0.1", "a@[IPv6:::1]", "a@127.1",
        "a@x_y.example", "a@-x.example", "a@x-.example", "a@exa mple.org", "a@example.org\n",
        "a@example.org(x)", "a@💩.example", "a@xn--ls8h.example", "a@xn--a.example",
        "a@" + "b" * 64 + ".example", "x" * 65 + "@example.org", "ü" * 33 + "@example.org",
        "a@" + "b." * 126 + "cd", "a@" + "ü" * 60 + ".example",
        "á\ud800@example.org", "a@\ud800.org",
    ],
    ids=ascii,
)  # fmt: skip
def test_what_mail_cannot_go_to_is_refused(address: str) -> None:
    with pytest.raises(UnusableAddress):
        canonical(address)
    assert set(forms(address)) == {address}


def test_an_address_without_an_at_is_told_so() -> None:
    with pytest.raises(UnusableAddress, match="no @"):
        canonical("ab")
