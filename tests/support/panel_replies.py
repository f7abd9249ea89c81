"""Answers of our own in every shape that panels were seen to give."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from reconciler.model.target import Format

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
ATTRS = 'lang="en" binary="/billmgr" host="https://panel.example" themename="plain" notify="3"'
ECHO = "<tparams><auth>0123456789abcdef</auth><out>xml</out><func>echoed</func></tparams>"
TAIL = f"{ECHO}<saved_filters/>"


def xml(inner: str, func: str = "", more: str = "") -> bytes:
    """Write a compact document as ``out=xml`` gives it."""
    named = f' func="{func}"' if func else ""
    return f"{HEAD}<doc {ATTRS}{named}{more}>{inner}{TAIL}</doc>".encode()


MESSAGES = """
  <messages name="client" checked="f0">
    <msg name="realname">Full name</msg>
    <msg name="country">Country</msg>
    <msg name="hint_country">Where the client lives</msg>
  </messages>"""

LIST = xml(
    "<p_sort>id</p_sort><page>1 - 2</page>"
    '<elem><id>11</id><name>Maple Ltd</name><status color="green" orig="4">Open</status></elem>'
    '<elem><id>12</id><name> - </name><status color="red" orig="2">Shut</status></elem>'
    "<p_cnt>1000</p_cnt><p_num>1</p_num><p_elems>2</p_elems>",
    "client",
)
DEVEL_LIST = f"""{HEAD}<doc {ATTRS} func="client" css="main.css">
  <metadata name="client" type="list" key="number" mgr="billmgr">
    <toolbar><toolgrp name="new"><toolbtn func="client.add" name="new"/></toolgrp></toolbar>
    <coldata><col name="number" type="data"/></coldata>
  </metadata>{MESSAGES}
  {TAIL}
  <links/>
  <branding orientation="right" color="#123456"/>
  <addon><body>&lt;b&gt;text&lt;/b&gt;</body></addon>
  <tips><tip>one</tip></tips>
  <elem>
    <number>C-1</number>
    <name>Maple &amp; Sons</name>
  </elem>
  <p_cnt>50</p_cnt>
  <p_num>1</p_num>
  <p_elems>1</p_elems>
</doc>
""".encode()
EMPTY_LIST = xml("<p_cnt>1000</p_cnt><p_num>1</p_num><p_elems>0</p_elems>", "client")
FILTERED_LIST = xml(
    '<p_filter name="country">Malta</p_filter><p_filter>name</p_filter>'
    "<elem><id>11</id></elem><p_cnt>10</p_cnt><p_num>1</p_num><p_elems>1</p_elems>",
    "client",
)
GUIDE_LIST = f"{HEAD}<doc>\n<elem><elid>7</elid><sum>1.50</sum></elem>\n</doc>".encode()
CHILD_LIST = xml("<plid>5</plid><p_cnt>100</p_cnt><p_num>1</p_num>", "client.note")

FORM = xml(
    '<slist name="country"><val key="10">Austria</val><val key="30">Malta</val></slist>'
    '<slist name="groups"><val>3</val><val key="4">Four</val></slist>'
    '<slist name="country"><val key="99">Elsewhere</val></slist>'
    "<elid>11</elid><realname>Ann Ray</realname><country>30</country><groups>3,4</groups>"
    "<note/><hash>********</hash>",
    "client.edit",
)
DEVEL_FORM = f"""{HEAD}<doc {ATTRS} func="client.edit">
  <metadata name="client.edit" type="form"><form><field name="realname"/></form></metadata>
{MESSAGES}
  <elid>11</elid>
  <realname>Ann Ray</realname>
  <country>30</country>
  <list name="notes"><elem><id>1</id></elem></list>
  <list name="files"/>
  <slist name="country"><val key="30">Malta</val></slist>
  {TAIL}
  <links/>
</doc>""".encode()

DONE = xml("<ok/>", "client.suspend")
SUBMITTED = xml(
    f'<doc func="client.edit"><slist name="country"/><realname>Before</realname>{TAIL}</doc>'
    '<ok type="url">/somewhere?elid=7</ok><id>77</id><name>After</name>',
    "client.edit",
)
ORDERED = xml("<ok/><billorder.id>9</billorder.id><item.id>501</item.id>", "vds.order.param")

REFUSED = xml(
    '<error type="exists" object="email" lang="en"><param name="object" type="msg">email</param>'
    '<param name="value">a@example.com</param>'
    '<stack><action user="root">client.edit</action></stack>'
    "<group>__object__ '__value__' is taken</group><msg>The email is taken</msg></error>",
    "client.edit",
)
OLD_REFUSED = f"{HEAD}<doc>\n<error>no such thing.</error>\n</doc>".encode()

WHOAMI = xml(
    '<user realname="Ann" level="29" name="ann" id="4" email="ann@example.com"/>'
    '<path name="root" level="30">1</path><mgr version="6.90.0-x" dist="3">billmgr</mgr>'
    '<version mgr="billmgr"><core type="release">5.1</core></version>',
    "whoami",
)
SESSION = f'{HEAD}<doc>\n<auth id="a1b2c3" level="29">a1b2c3</auth>\n</doc>'.encode()
OLD_SESSION = f'{HEAD}<doc><auth id="a1b2c3"/></doc>'.encode()
PENDING = xml("<ok>func=totp.confirm</ok>", "auth")

JSON_LIST = b"""{"doc": {"$lang": "en", "$func": "vds", "p_cnt": {"$": "50"}, "p_num": {"$": "1"},
 "p_elems": {"$": "2"}, "tparams": {"out": {"$": "json"}}, "saved_filters": {}, "elem": [
 {"id": {"$": "1"}, "domain": {"$": "one.example"}, "item_status": {"$orig": "2", "$": "Active"}},
 {"id": {"$": "2"}, "domain": {}, "item_status": {"$orig": "3", "$": "Stopped"}}]}}"""
JSON_ONE = b'{"doc": {"elem": {"id": {"$": "8"}, "note": {"$": ""}}, "p_elems": {"$": "1"}}}'
JSON_EMPTY = b'{"doc": {"p_cnt": {"$": "0"}}}'
JSON_FORM = """{"doc": {"$func": "client.edit", "elid": {"$": "11"}, "name": {"$": "Анна"},
 "note": {}, "slist": [{"$name": "country", "val": [{"$key": "10", "$": "Austria"},
 {"$key": "30", "$": "Malta"}]},
 {"$name": "lang", "val": {"$key": "en", "$": "English"}}]}}""".encode()
JSON_REFUSED = b"""{"doc": {"error": {"$type": "value", "$object": "country",
 "param": {"$name": "object", "$": "country"}, "msg": {"$": "Wrong country"}}}}"""
JSON_NOTHING = b'{"doc": {}}'

FLAT_LIST = b"""{"func": "vds.vps", "elem": [
 {"id": "5", "domain": "five.example", "item_status_orig": "2", "item_status": "Active"},
 {"id": "6", "domain": "six.example", "item_status_orig": "3", "item_status": "Stopped"}]}"""
FLAT_EMPTY = b'{"elem": []}'
FLAT_FORM = b"""{"func": "client.edit",
 "model": {"elid": "11", "realname": "Ann", "groups": ["3", "4"]},
 "slist": {"country": [{"k": "10", "v": "Austria"}, {"k": "30", "v": "Malta"}]}}"""
FLAT_REFUSED = b'{"error": {"msg": "Wrong country"}}'
FLAT_DONE = b'{"func": "client.edit", "ok": "", "id": "77"}'
BARE_LIST = b'[{"id": "1", "name": "one", "note": "x"}, {"id": "2", "name": "two"}]'
BARE_REFUSED = b'{"error": {"code": "missed"}}'
BARE_DONE = b'{"ok": ""}'

PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form/></body></html>"
MOVED_PAGE = b'<html><head><meta http-equiv="refresh" content="0; url=/other"></head></html>'
BUSY = b"Request in process, please wait"
LONG = b"The operation takes long, see /long1a2b3c/billmgr for its result"
LONG_PAGE = (
    b'<html><body><a href="https://panel.example:1500/long/x-9/billmgr">wait</a></body></html>'
)

ALL = {
    "xml": (
        *(LIST, DEVEL_LIST, EMPTY_LIST, FILTERED_LIST, GUIDE_LIST, FORM, DEVEL_FORM, DONE),
        *(SUBMITTED, ORDERED, REFUSED, OLD_REFUSED, WHOAMI, SESSION, OLD_SESSION, PENDING),
    ),
    "json": (JSON_LIST, JSON_ONE, JSON_EMPTY, JSON_FORM, JSON_REFUSED, JSON_NOTHING),
    "bjson": (FLAT_LIST, FLAT_EMPTY, FLAT_FORM, FLAT_REFUSED, FLAT_DONE),
    "JSONdata": (BARE_LIST, BARE_REFUSED, BARE_DONE),
}

# Every reply with its format, and pieces that no parser likes, to damage them with.
VALID = [(body, cast("Format", fmt)) for fmt, bodies in ALL.items() for body in bodies]
PIECES = [
    *(b"<", b">", b"</doc>", b"<doc>", b"<!--", b"<![CDATA[", b"]]>", b"<!DOCTYPE x>", b"&#0;"),
    *(b"{", b"}", b"[", b"]", b'"', b",", b"null", b"NaN", b'"$"', b'"error"', b"\\ud800"),
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"<ok/>", b"<error/>", b"<elem/>", b"/long1/billmgr"),
]
