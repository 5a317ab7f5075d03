"""A component: the chair and the speakers review each other's talks."""


def add_to(conference):
    conference.SCHEMA["review"] = {
        "talk": conference.reference("talk"),
        "grade": "INTEGER NOT NULL CHECK (grade BETWEEN 1 AND 5)",
        "remark": conference.TEXT,
    }
    conference.ACTIONS += [
        conference.Action("review", "/review/new?talk={id}", "talk", may_review),
        conference.Action("add a review", "/review/new", "review", conference.is_somebody, whole_list=True),
    ]
    conference.RULES["review"] = of_others


def of_others(request, values):
    return may_review(request.user, request.row("talk", values.get("talk", "")))


def may_review(user, talk):
    """Anybody but its own speaker."""
    return user is not None and talk["speaker"] != user["id"]
