"""A component: entities as a feed of news, RSS 2.0."""
from xml.sax.saxutils import escape


def add_to(conference):
    conference.view(".rss", "application/rss+xml")(as_rss)


def as_rss(entity, rows):
    items = ["<item><title>%s</title><guid isPermaLink='false'>%s-%d</guid></item>" % (escape(str(list(row.values())[1])), entity, row["id"]) for row in rows]
    head = "<title>%ss</title><link>/%s</link><description>All %ss.</description>" % (entity, entity, entity)
    return "<?xml version='1.0' encoding='UTF-8'?>\n<rss version='2.0'><channel>%s\n%s\n</channel></rss>\n" % (head, "\n".join(items))
