"""Work for other cores and other machines, through joblib: every result as soon as it is there."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from joblib import Parallel, delayed


def results(
    function: Callable[[Any], Any], tasks: Iterable[Any], *, jobs: int | None, threads: bool = False
) -> Iterator[Any]:
    """``function(task)`` for each of `tasks`, in the order in which they are finished.

    Args:
        function: Where other processes work, it and its tasks go there by pickle.
        tasks: Taken as they are needed.
        jobs: At a time, as for joblib; None leaves it to ``joblib.parallel_config``, else one.
        threads: Prefer threads to processes, where no backend is chosen outside.
    """
    # A batch of several tasks would be heard of only when its last one is finished.
    one_by_one: Any = {"return_as": "generator_unordered", "batch_size": 1}
    # No `max_nbytes`: large arrays go to processes in their messages, not through files on a disk.
    parallel = Parallel(n_jobs=jobs, prefer="threads" if threads else None, max_nbytes=None, **one_by_one)
    if type(parallel._backend).__name__ == "DaskDistributedBackend":
        _tell_of_failures(parallel._backend)
    # In a tuple, since joblib would hand an array or an object to Dask apart: one copy on one worker, which
    # is lost for good if that worker is killed.
    return parallel(delayed(_one)((function, task)) for task in tasks)  # type: ignore[return-value]


def _one(call: tuple[Callable[[Any], Any], Any]) -> Any:
    return call[0](call[1])


def _tell_of_failures(backend: Any) -> None:
    """Of a task that Dask gives up (it killed four workers) joblib never hears, and waits forever."""
    name = "submit" if hasattr(backend, "submit") else "apply_async"  # joblib < 1.6
    if name in vars(backend):
        return  # from the last time
    submit, retrieve = getattr(backend, name), backend.retrieve_result_callback

    def telling(task: Any, callback: Any = None) -> Any:
        future = submit(task, callback)
        future.add_done_callback(lambda done: done.exception() and callback(_Failed(done.exception())))
        return future

    def raising(outcome: Any) -> Any:
        if isinstance(outcome, _Failed):
            raise outcome.error
        return retrieve(outcome)

    setattr(backend, name, telling)
    backend.retrieve_result_callback = raising


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error
