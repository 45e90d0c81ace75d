/* Linked into everything that is built for the address sanitizer: its options, in the program and not in the environment, so
   that no test needs to pass them on. REPORTS is a path. */

const char *__asan_default_options(void) {
    return "exitcode=66:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:log_path=" REPORTS;
}
