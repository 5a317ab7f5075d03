#!/usr/bin/python3
"""The programme of a conference: people hand in talks, its chair accepts them, speakers get a mail.

    conference.py schema DATABASE                      prints the statements that make the database
    conference.py init DATABASE                        makes it
    conference.py user DATABASE LOGIN ROLE PASSWORD    adds somebody
    conference.py serve DATABASE                       serves it on a free port of 127.0.0.1

DATABASE is a file of SQLite, or postgresql://...; --components FILE names what is to be loaded besides
(review, feed), --mail PORT the mail server on this machine; with --read-only nobody changes anything.

This is the application that the tests beside it are about. It needs Python alone, and psycopg2 for
PostgreSQL.
"""
import argparse
import contextlib
import hashlib
import html
import http.cookies
import http.server
import importlib
import json
import re
import secrets
import smtplib
import socketserver
import sqlite3
import sys
from email.message import EmailMessage
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

# ---- the schema: entities and their columns, in an order in which they can be made

TEXT = "TEXT NOT NULL"
NAME = "TEXT NOT NULL UNIQUE"
NUMBER = "INTEGER NOT NULL"


def one_of(column, *words):
    return "TEXT NOT NULL CHECK (%s IN (%s))" % (column, ", ".join("'%s'" % w for w in words))


def reference(entity):
    return "INTEGER NOT NULL REFERENCES %s (id)" % entity


SCHEMA = {
    "person": {"login": NAME, "mail": TEXT, "role": one_of("role", "chair", "speaker"), "password": TEXT},
    "track": {"name": NAME, "day": TEXT},
    "talk": {
        "title": NAME,
        "abstract": TEXT,
        "track": reference("track"),
        "speaker": reference("person"),
        "slot": NUMBER,
        "state": one_of("state", "submitted", "accepted"),
    },
}

# Many may want a slot; one gets it.
INDEXES = ["CREATE UNIQUE INDEX one_talk_a_slot ON talk (track, slot) WHERE state = 'accepted'"]


def statements(postgres):
    key = "SERIAL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY"
    for entity, columns in SCHEMA.items():
        lines = ["id " + key] + ["%s %s" % column for column in columns.items()]
        yield "CREATE TABLE %s (\n  %s\n)" % (entity, ",\n  ".join(lines))
    yield from INDEXES


# ---- the database

class Transaction:
    """What is done in it is done wholly or not at all, and that includes mails."""

    def __init__(self, connection, mark):
        self.connection, self.mark, self.mails = connection, mark, []

    def rows(self, sql, *values):
        cursor = self.connection.cursor()
        cursor.execute(sql.replace("?", self.mark), values)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row)) for row in cursor.fetchall()] if names else []

    def row(self, sql, *values):
        return (self.rows(sql, *values) or [None])[0]

    def insert(self, entity, values):
        sql = "INSERT INTO %s (%s) VALUES (%s)" % (entity, ", ".join(values), ", ".join("?" * len(values)))
        return self.row(sql + " RETURNING id", *values.values())["id"]

    def mail(self, to, subject, text):
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "conference@example.org", to, subject
        mail.set_content(text)
        self.mails.append(mail)


class Database:
    def __init__(self, where, read_only=False, mail_port=None):
        self.where, self.read_only, self.mail_port = where, read_only, mail_port
        self.postgres = where.startswith("postgresql:")
        self.conflict = sqlite3.IntegrityError
        if self.postgres:
            import psycopg2

            self.psycopg2, self.conflict = psycopg2, psycopg2.IntegrityError

    def connect(self):
        if self.postgres:
            connection = self.psycopg2.connect(self.where)
            connection.set_session(readonly=self.read_only)
        else:
            mode = "ro" if self.read_only else "rwc"
            connection = sqlite3.connect("file:%s?mode=%s" % (self.where, mode), uri=True)
            connection.execute("PRAGMA foreign_keys = ON")
        return connection

    @contextlib.contextmanager
    def transaction(self):
        with contextlib.closing(self.connect()) as connection:
            transaction = Transaction(connection, "%s" if self.postgres else "?")
            yield transaction  # an exception leaves here: what isn't committed is rolled back
            connection.commit()
        for mail in transaction.mails if self.mail_port else ():
            try:
                with smtplib.SMTP("127.0.0.1", self.mail_port) as server:
                    server.send_message(mail)
            except (OSError, smtplib.SMTPException) as trouble:  # it stays done all the same
                print("no mail to %s: %s" % (mail["To"], trouble), file=sys.stderr, flush=True)


def scrambled(login, password):
    return hashlib.scrypt(password.encode(), salt=login.encode(), n=1024, r=8, p=1).hex()


# ---- what one can do: components add to it

class Action:
    """Something to do with an entity (with a row of it, or with the list), for those who may."""

    def __init__(self, title, path, entity, allowed, whole_list=False):
        self.title, self.path, self.entity = title, path, entity
        self.allowed, self.whole_list = allowed, whole_list


def is_chair(user, row):
    return user is not None and user["role"] == "chair"


def is_author(user, row):
    return is_chair(user, row) or (user is not None and row["speaker"] == user["id"] and row["state"] == "submitted")


def is_somebody(user, row):
    return user is not None


# What a form may not say, whoever sends it: by entity, a function of the request and the values
RULES = {}

ACTIONS = [
    Action("submit a talk", "/talk/new", "talk", is_somebody, whole_list=True),
    Action("edit", "/talk/{id}/edit", "talk", is_author),
    Action("delete", "/talk/{id}/delete", "talk", is_author),
    Action("add a track", "/track/new", "track", is_chair, whole_list=True),
    Action("accept talks", "/track/{id}/accept", "track", is_chair),
    Action("delete", "/track/{id}/delete", "track", is_chair),
]

VIEWS = {}  # suffix of the path -> (type, function of entity and rows)


def view(suffix, mime):
    def add(function):
        VIEWS[suffix] = mime, function
        return function

    return add


@view(".json", "application/json")
def as_json(entity, rows):
    return json.dumps(rows, indent=1)


@view(".xml", "application/xml")
def as_xml(entity, rows):
    def element(name, content):
        return "<%s>%s</%s>" % (name, content, name)

    lines = ["  " + element(entity, "".join(element(k, escape(str(v))) for k, v in row.items())) for row in rows]
    return "<?xml version='1.0' encoding='UTF-8'?>\n<rows>\n%s\n</rows>\n" % "\n".join(lines)


# ---- HTML

HTML = "text/html; charset=utf-8"

STYLE = """
body { font: 16px/1.5 sans-serif; max-width: 50em; margin: auto; padding: 1em; }
nav a, #actions li { margin-right: 1em; }
#actions li { display: inline; }
th { text-align: left; }
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>%(title)s</title><style>%(style)s</style></head>
<body>
<div><nav>%(links)s</nav>%(who)s</div>
<h1>%(title)s</h1>
%(body)s
</body>
</html>
"""

# The list of an entity is filtered as one types, and by /talk?filter=words.
SCRIPT = """
const filter = document.getElementById('filter');
filter.hidden = false;
filter.oninput = () => {
  const rows = [...document.querySelectorAll('tbody tr')];
  for (const row of rows)
    row.hidden = !row.textContent.toLowerCase().includes(filter.value.toLowerCase());
  document.getElementById('shown').textContent = rows.filter((row) => !row.hidden).length;
};
filter.value = new URLSearchParams(location.search).get('filter') || '';
filter.oninput();
"""


def e(text):
    return html.escape(str(text))


def page(title, body, user=None, token=""):
    links = "".join('<a href="/%s">%ss</a>' % (entity, entity) for entity in SCHEMA)
    if user:
        button = "<button>log out %s</button>" % e(user["login"])
        who = '<form method="post" action="/logout" id="logout">%s%s</form>' % (hidden(token), button)
    else:
        who = '<a href="/login">log in</a>'
    return PAGE % {"title": e(title), "style": STYLE, "links": links, "who": who, "body": body}


def hidden(token):
    return '<input type="hidden" name="csrf" value="%s">' % e(token)


def action_list(entity, user, row, whole_list=False):
    items = [
        '<li><a href="%s">%s</a></li>' % (e(a.path.format(**(row or {}))), e(a.title))
        for a in ACTIONS
        if a.entity == entity and a.whole_list == whole_list and a.allowed(user, row)
    ]
    return '<ul id="actions">%s</ul>' % "".join(items) if items else ""


def table(entity, rows):
    if not rows:
        return "<p>None yet.</p>"
    head = "".join("<th>%s</th>" % e(name) for name in rows[0])
    body = ""
    for row in rows:
        cells = ['<a href="/%s/%s">%s</a>' % (entity, row["id"], row["id"])] + [e(v) for v in list(row.values())[1:]]
        body += "<tr>%s</tr>\n" % "".join("<td>%s</td>" % cell for cell in cells)
    shown = '<span id="shown">%d</span> of %d' % (len(rows), len(rows))
    return (
        '<p><input id="filter" placeholder="filter" hidden> %s</p>\n'
        "<table>\n<thead><tr>%s</tr></thead>\n<tbody>\n%s</tbody>\n</table>\n"
        "<script>%s</script>" % (shown, head, body, SCRIPT)
    )


def field(transaction, column, kind, value):
    """A column's field of a form: a choice where the schema gives one."""
    choices = None
    refers = re.search(r"REFERENCES (\w+)", kind)
    if refers:
        rows = transaction.rows("SELECT * FROM %s ORDER BY id" % refers[1])
        choices = [(row["id"], list(row.values())[1]) for row in rows]
    elif "CHECK" in kind:
        choices = [(word, word) for word in re.findall("'(.*?)'", kind)]
    if choices is None:
        box = '<input name="%s" value="%s">' % (column, e(value))
    else:
        options = ""
        for choice, label in choices:
            selected = " selected" if str(choice) == str(value) else ""
            options += '<option value="%s"%s>%s</option>' % (e(choice), selected, e(label))
        box = '<select name="%s">%s</select>' % (column, options)
    return "<p><label>%s %s</label></p>\n" % (column, box)


# ---- requests

class Answer(Exception):
    """Ends a request: a page that says why, or a way to go on."""

    def __init__(self, status, text="", **headers):
        self.status, self.text, self.headers = status, text, headers


class Session:
    def __init__(self, user_id=None):
        self.user_id, self.csrf = user_id, secrets.token_urlsafe(16)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer
    sessions = {}
    database = None

    def do_GET(self):
        self.respond(self.get)

    def do_POST(self):
        self.respond(self.post)

    def respond(self, work):
        self.new_cookie = None
        length = int(self.headers.get("Content-Length") or 0)
        self.form = parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True)
        self.url = urlsplit(self.path)
        self.query = dict(parse_qsl(self.url.query))
        cookie = http.cookies.SimpleCookie(self.headers.get("Cookie")).get("session")
        self.session = self.sessions.get(cookie.value if cookie else None) or self.begin(None)
        self.user = None
        try:
            with self.database.transaction() as self.db:
                if self.session.user_id:
                    self.user = self.db.row("SELECT * FROM person WHERE id = ?", self.session.user_id)
                answer = work(self.url.path.strip("/").split("/"))
        except Answer as early:
            answer = early
        except self.database.conflict as conflict:
            answer = Answer(409, "That can't be: %s" % str(conflict).splitlines()[0])
        if isinstance(answer, Answer):
            text = self.page(http.HTTPStatus(answer.status).phrase, "<p>%s</p>" % e(answer.text))
            self.send(answer.status, HTML, text, answer.headers)
        elif isinstance(answer, tuple):
            self.send(200, *answer)
        else:
            self.send(200, HTML, answer)

    def begin(self, user_id):
        """Somebody comes, or logs in: a session that nobody could have known before."""
        name, session = secrets.token_urlsafe(16), Session(user_id)
        self.sessions[name] = session
        self.new_cookie = "session=%s; Path=/; HttpOnly; SameSite=Lax" % name
        return session

    def send(self, status, mime, text, headers=()):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", mime)
        self.send_header("Content-Length", str(len(body)))
        if self.new_cookie:
            self.send_header("Set-Cookie", self.new_cookie)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def page(self, title, body):
        return page(title, body, self.user, self.session.csrf)

    def post_form(self, name, fields, button):
        content = "%s\n%s<p><button>%s</button></p>" % (hidden(self.session.csrf), fields, button)
        return '<form method="post" id="%s">%s</form>' % (name, content)

    def values(self, entity):
        """What the form says of an entity's columns."""
        given = dict(self.form)
        return {column: given[column] for column in SCHEMA[entity] if column in given}

    def row(self, entity, number):
        row = self.db.row("SELECT * FROM %s WHERE id = ?" % entity, int(number)) if number.isdigit() else None
        if not row:
            raise Answer(404, "There is no such %s." % entity)
        return row

    def may(self, path, row):
        """The action of this path, if the user may do it."""
        for action in ACTIONS:
            if action.path == path and action.allowed(self.user, row):
                return
        raise Answer(403 if self.user else 401, "This is not for you.")

    # ---- pages

    def get(self, parts):
        if parts == [""]:
            return self.page("A conference", "<p>Talks, tracks and the people behind them.</p>")
        if parts == ["login"]:
            fields = '<p><label>user <input name="user"></label></p>'
            fields += '<p><label>password <input name="password" type="password"></label></p>'
            return self.page("Log in", self.post_form("login", fields, "log in"))
        if parts == ["sitemap.xml"]:
            return self.sitemap()
        if len(parts) > 1 and parts[1] == "new" or len(parts) == 3:
            return self.get_form(parts)
        return self.get_view(parts)

    def get_view(self, parts):
        """/talk, /talk/1, and either of them with the suffix of a view."""
        stem, dot, suffix = parts[-1].partition(".")
        parts = parts[:-1] + [stem]
        entity = parts[0]
        if entity not in SCHEMA or len(parts) > 2 or dot + suffix not in [""] + list(VIEWS):
            raise Answer(404, "There is no such page.")
        if len(parts) == 2:
            rows = [self.row(entity, parts[1])]
        else:
            rows = self.db.rows("SELECT * FROM %s ORDER BY id" % entity)
        for row in rows:
            row.pop("password", None)
        if dot:
            mime, function = VIEWS[dot + suffix]
            return mime + "; charset=utf-8", function(entity, rows)
        if len(parts) == 1:
            return self.page(entity + "s", action_list(entity, self.user, None, whole_list=True) + table(entity, rows))
        lines = "".join("<dt>%s</dt><dd>%s</dd>" % (name, e(value)) for name, value in rows[0].items())
        body = action_list(entity, self.user, rows[0]) + "<dl>%s</dl>" % lines
        return self.page("%s %s" % (entity, rows[0]["id"]), body)

    def sitemap(self):
        """Every view of everything."""
        paths = ["/", "/login"]
        for entity in SCHEMA:
            for row in [""] + ["/%d" % row["id"] for row in self.db.rows("SELECT id FROM %s ORDER BY id" % entity)]:
                paths += ["/%s%s%s" % (entity, row, suffix) for suffix in ["", *VIEWS]]
        urls = "\n".join("<url><loc>http://%s%s</loc></url>" % (escape(self.headers["Host"]), path) for path in paths)
        return "application/xml", '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n%s\n</urlset>\n' % urls

    def get_form(self, parts):
        entity, row = parts[0], None
        if entity not in SCHEMA:
            raise Answer(404, "There is no such page.")
        if parts[1] != "new":
            row = self.row(entity, parts[1])
        self.may("/" + "/".join([entity, "new"] if row is None else [entity, "{id}", parts[2]]), row)
        if parts[-1] == "delete":
            return self.page("Delete %s %d?" % (entity, row["id"]), self.post_form("delete", "", "delete"))
        if parts[-1] == "accept":
            talks = self.db.rows("SELECT * FROM talk WHERE track = ? AND state = 'submitted' ORDER BY id", row["id"])
            boxes = ""
            for talk in talks:
                box = '<input type="checkbox" name="talk" value="%d">' % talk["id"]
                boxes += "<p><label>%s %s, slot %s</label></p>\n" % (box, e(talk["title"]), talk["slot"])
            return self.page("Accept talks", self.post_form("accept", boxes, "accept"))
        fields = ""
        for column, kind in SCHEMA[entity].items():
            if column == "state" or (column == "speaker" and not is_chair(self.user, row)):
                continue
            value = row[column] if row else self.query.get(column, "")
            fields += field(self.db, column, kind, value)
        return self.page("%s %s" % (parts[-1].capitalize(), entity), self.post_form(entity, fields, "save"))

    # ---- changes

    def post(self, parts):
        if dict(self.form).get("csrf") != self.session.csrf:
            raise Answer(403, "This form is not one of ours, or too old.")
        if parts == ["login"]:
            return self.log_in()
        if parts == ["logout"]:
            self.session = self.begin(None)
            self.user = None
            return Answer(303, Location="/")
        if self.database.read_only:
            raise Answer(403, "Nothing can be changed here.")
        if len(parts) not in (2, 3) or parts[0] not in SCHEMA:
            raise Answer(404, "There is no such page.")
        return self.change(*parts)

    def log_in(self):
        form = dict(self.form)
        user = self.db.row("SELECT * FROM person WHERE login = ?", form.get("user", ""))
        if not user or not secrets.compare_digest(user["password"], scrambled(form["user"], form.get("password", ""))):
            raise Answer(403, "User or password is wrong.")
        self.session = self.begin(user["id"])
        return Answer(303, Location="/talk")

    def change(self, entity, number, verb=None):
        row = None if number == "new" else self.row(entity, number)
        self.may("/%s/%s" % (entity, "new" if row is None else "{id}/%s" % verb), row)
        values = self.values(entity)
        if entity in RULES and not RULES[entity](self, values):
            raise Answer(403, "This is not for you.")
        if entity == "talk":
            values["state"] = row["state"] if row else "submitted"
            if not is_chair(self.user, row):
                values["speaker"] = self.user["id"]
        if row is None:
            number = self.db.insert(entity, values)
        elif verb == "edit":
            sets = ", ".join("%s = ?" % column for column in values)
            self.db.rows("UPDATE %s SET %s WHERE id = ?" % (entity, sets), *values.values(), row["id"])
        elif verb == "delete":
            self.db.rows("DELETE FROM %s WHERE id = ?" % entity, row["id"])
            return Answer(303, Location="/" + entity)
        elif verb == "accept":
            self.accept(row, [int(value) for name, value in self.form if name == "talk"])
        return Answer(303, Location="/%s/%s" % (entity, number))

    def accept(self, track, talks):
        for number in talks:
            talk = self.row("talk", str(number))
            if talk["track"] != track["id"]:
                raise Answer(400, "%s is of another track." % talk["title"])
            speaker = self.row("person", str(talk["speaker"]))
            text = "Your talk is in %s, slot %s.\n" % (track["name"], talk["slot"])
            self.db.mail(speaker["mail"], "Accepted: %s" % talk["title"], text)
            self.db.rows("UPDATE talk SET state = 'accepted' WHERE id = ?", number)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 50


# ---- the command line

def load_components(path):
    """A file of components: lines with #, and one that names them, with commas between."""
    lines = [line.strip() for line in open(path, encoding="utf-8")]
    for name in ",".join(line for line in lines if line and not line.startswith("#")).split(","):
        if name.strip():
            importlib.import_module(name.strip()).add_to(sys.modules["conference"])


def main():
    sys.modules["conference"] = sys.modules[__name__]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["schema", "init", "user", "serve"])
    parser.add_argument("database", metavar="DATABASE")
    parser.add_argument("words", nargs="*", metavar="WORD")
    parser.add_argument("--components", metavar="FILE")
    parser.add_argument("--mail", type=int, metavar="PORT")
    parser.add_argument("--read-only", action="store_true")
    parser.add_argument("--read-write", action="store_false", dest="read_only")
    args = parser.parse_args()
    if args.components:
        load_components(args.components)
    database = Database(args.database, args.read_only, args.mail)
    if args.command == "schema":
        print(";\n".join(statements(database.postgres)) + ";")
    elif args.command == "init":
        with database.transaction() as transaction:
            for statement in statements(database.postgres):
                transaction.rows(statement)
    elif args.command == "user":
        login, role, password = args.words
        with database.transaction() as transaction:
            mail, password = login + "@example.org", scrambled(login, password)
            values = {"login": login, "mail": mail, "role": role, "password": password}
            print(transaction.insert("person", values))
    else:
        Handler.database = database
        with Server(("127.0.0.1", 0), Handler) as server:
            print("serving on http://127.0.0.1:%d" % server.server_address[1], flush=True)
            server.serve_forever()


if __name__ == "__main__":
    main()
