"""A person on XMPP, with a client that is not ours: slixmpp.

usage: xmpp_person.py JID PASSWORD PORT

One order a line on stdin, as JSON; one answer a line on stdout. It says {"ready": true} first.
"""

import asyncio
import json
import sys
import xml.etree.ElementTree as ET

import slixmpp
from slixmpp.exceptions import IqError, IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

CLIENT = "{jabber:client}"
USER = "{http://jabber.org/protocol/muc#user}"
CONFERENCE = "{jabber:x:conference}"
MAM = "{urn:xmpp:mam:2}"
OOB = "{jabber:x:oob}"
PAGE = 200


class Person(slixmpp.ClientXMPP):
    def __init__(self, jid, password):
        super().__init__(jid, password)
        self.ready = asyncio.Event()
        self.waiting, self.results, self.invited, self.alone = {}, [], [], []
        mechanisms = self.plugin["feature_mechanisms"]
        mechanisms.unencrypted_plain = mechanisms.unencrypted_scram = True
        self.enable_starttls = self.enable_direct_tls = False
        self.enable_plaintext = True
        self.add_event_handler("session_start", self.begin)
        for kind, taken in (("message", self.message), ("presence", self.there)):
            self.register_handler(Callback(kind + "s", MatchXPath(CLIENT + kind), taken))

    async def begin(self, _):
        self.send_presence()
        self.ready.set()

    def tell(self, key, value):
        waiting = self.waiting.pop(key, None)
        if waiting and not waiting.done():
            waiting.set_result(value)

    def message(self, stanza):
        xml = stanza.xml
        result = xml.find(MAM + "result")
        if result is not None:
            self.results.append(result)
        elif xml.get("type") in ("groupchat", "error"):
            self.tell("message/" + xml.get("id", ""), xml.get("type"))
        elif xml.find(CONFERENCE + "x") is not None or xml.find(f"{USER}x/{USER}invite") is not None:
            self.invited.append(xml.get("from"))
        else:
            self.alone.append(xml.findtext(CLIENT + "body"))

    def there(self, stanza):
        xml = stanza.xml
        codes = [it.get("code") for it in xml.iter(USER + "status")]
        if xml.get("type") == "error" or "110" in codes:
            self.tell("join/" + xml.get("from").split("/")[0], codes)

    async def wait(self, key, xml):
        waiting = self.waiting[key] = asyncio.get_running_loop().create_future()
        self.send_raw(xml)
        return await asyncio.wait_for(waiting, 20)

    async def iq(self, kind, to, xml):
        iq = self.make_iq(ito=to, itype=kind)
        iq.append(ET.fromstring(xml))
        return (await iq.send(timeout=20)).xml

    async def do_iq(self, kind, to, xml):
        return ET.tostring(await self.iq(kind, to, xml), "unicode")

    async def do_enter(self, room, nick):
        codes = await self.wait(
            "join/" + room,
            f"<presence to='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc'>"
            "<history maxstanzas='0'/></x></presence>",
        )
        if "201" in codes:
            form = "<x xmlns='jabber:x:data' type='submit'/>"
            owner = f"<query xmlns='http://jabber.org/protocol/muc#owner'>{form}</query>"
            await self.iq("set", room, owner)
        return codes

    async def do_say(self, to, id, body, kind="groupchat", extra=""):
        body = body.replace("&", "&amp;").replace("<", "&lt;")
        xml = f"<message type='{kind}' to='{to}' id='{id}'><body>{body}</body>{extra}</message>"
        if kind == "groupchat":
            return await self.wait("message/" + id, xml)
        self.send_raw(xml)

    async def do_archive(self, room):
        shown, after = [], ""
        while True:
            self.results.clear()
            fin = await self.iq(
                "set",
                room,
                "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'>"
                f"<max>{PAGE}</max>{after}</set></query>",
            )
            shown += [message(result) for result in self.results]
            if fin.find(MAM + "fin").get("complete") == "true" or not self.results:
                return [it for it in shown if it["body"] is not None]
            after = f"<after>{self.results[-1].get('id')}</after>"

    async def do_invited(self):
        return self.invited

    async def do_alone(self):
        return self.alone


def message(result):
    xml = next(result.iter(CLIENT + "message"))
    tags = [child.tag.removeprefix(CLIENT) for child in xml]
    replace = xml.find("{urn:xmpp:message-correct:0}replace")
    return {
        "id": xml.get("id"),
        "from": xml.get("from"),
        "body": xml.findtext(CLIENT + "body"),
        "replaces": None if replace is None else replace.get("id"),
        "url": xml.findtext(f"{OOB}x/{OOB}url"),
        "words": xml.findtext(f"{OOB}x/{OOB}desc"),
        "tags": tags,
    }


def answer(value):
    print(json.dumps(value), flush=True)


async def main():
    jid, password, port = sys.argv[1:]
    person = Person(jid, password)
    person.connect("127.0.0.1", int(port))
    await asyncio.wait_for(person.ready.wait(), 30)
    answer({"ready": True})
    orders = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )
    while line := await orders.readline():
        order = json.loads(line)
        try:
            answer({"done": await getattr(person, "do_" + order.pop("do"))(**order)})
        except IqError as error:
            answer({"refused": error.iq["error"]["condition"]})
        except (IqTimeout, asyncio.TimeoutError):
            answer({"refused": "no answer"})


asyncio.run(main())
