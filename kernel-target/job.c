// Runs a job, that is, one call many times, on the processor it is called on.
//
// Between two calls the boot processor does the work of the idle loop: it
// serves recompilation requests and frees old code. So a loop of calls sees its
// function change tier right after the call that asked for it, always outside a
// call.

#include "defs.h"

void background_work(void) {
    while (jit_service()) {
    }
    if (reclaim_waiting() > 0)
        reclaim_run();
}

static void call_once(struct Job *job) {
    uint64_t result = result_value(&job->call, call_raw(&job->call));
    if (job->check && result != job->expected)
        job->wrong++;
    job->last = result;
    job->done++;
}

void job_run(struct Job *job) {
    struct Checkpoint checkpoint;
    checkpoint_enter(&checkpoint);
    if (checkpoint_set(&checkpoint) == 0) {
        while (job->done < job->repeat) {
            call_once(job);
            if (this_cpu()->index == 0)
                background_work();
        }
    } else {
        job->aborted = true;
    }
    checkpoint_leave(&checkpoint);
}
