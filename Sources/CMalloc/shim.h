// glibc's `mallopt`, which Swift's Glibc module leaves out.
#pragma once
#include <malloc.h>
