/*
 * par: jobs done by several threads at once. With one thread, or in a build without them, a job is done when given.
 */
#ifndef PAR_H
#define PAR_H

/* Starts `n` threads that call work(job) for each job given. As many start as the system allows. */
void par_start(unsigned n, void (*work)(void *job));

/* Hands over a job; waits while too many are waiting. */
void par_give(void *job);

/* Returns when all jobs given so far are done. */
void par_wait(void);

/* The number of processors that may be used, or MMTOOLS_THREADS when that is set; 0 when that is no number from 1 to
 * 64. */
unsigned par_threads(void);

#endif
