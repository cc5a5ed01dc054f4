/** Stands in the names of suites that were left out, so that the end of the run can tell them from other skipped ones. */
export const leftOutMark = ' (left out: needs ';
