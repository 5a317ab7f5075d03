"""A component: entities as a feed of news, RSS 2.0."""
from xml.sax.saxutils import escape


def add_to(conference):
    conference.view(".rss", "application/rss+xml")(as_rss)


RSS = """<?xml version='1.0' encoding='UTF-8'?>
<rss version='2.0'><channel><title>%ss</title><link>/%s</link><description>All %ss.</description>
%s
</channel></rss>
"""


def as_rss(entity, rows):
    items = ""
    for row in rows:
        title = escape(str(list(row.values())[1]))
        guid = "<guid isPermaLink='false'>%s-%d</guid>" % (entity, row["id"])
        items += "<item><title>%s</title>%s</item>\n" % (title, guid)
    return RSS % (entity, entity, entity, items)
