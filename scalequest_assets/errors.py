"""The errors that a user can meet. Each says what is wrong, where, and what to do about it."""


class ScalequestError(Exception):
    """Base of all errors that the package raises on purpose.

    Attributes:
        what: What is wrong, and where (asset, partition, row, file and line).
        remedy: What the user can do about it.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}\n  -> {remedy}")

    def __reduce__(self) -> tuple[type["ScalequestError"], tuple[str, str]]:
        """Cross to another process whole: an exception is rebuilt from its one text otherwise."""
        return type(self), (self.what, self.remedy)


class ProfileError(ScalequestError):
    """A profile that cannot be used; `what` lists all its problems."""


class SeedError(ScalequestError):
    """A source of questions that cannot be read."""


class SchemaError(ScalequestError):
    """A frame that does not have the columns its table declares."""


class RowsError(ScalequestError):
    """Rows that do not add up with those that they were made of: a fault of the program, found before they are kept."""


class MissingPartitionError(ScalequestError):
    """A table or model that is needed has not been materialized."""


class BudgetError(ScalequestError):
    """What a command may spend is spent."""


class EngineError(ScalequestError):
    """A model that cannot be loaded or run."""


class TrainingError(ScalequestError):
    """A training that could not finish, or that diverged."""


class HomeError(ScalequestError):
    """A home directory that belongs to another profile, or a folder that cannot be written."""


class ReleaseError(ScalequestError):
    """Rows that must not be released."""


class ReviewError(ScalequestError):
    """A file of judgements that cannot be read; `what` names its rows."""


class PushError(ScalequestError):
    """A data set that could not be put on the hub, or must not be without being asked."""


class QueryError(ScalequestError):
    """An SQL statement that is refused."""


class UndeclaredSettingError(ScalequestError):
    """An asset that reads a setting, or uses a model, which its identity does not cover: a fault in its declaration."""
