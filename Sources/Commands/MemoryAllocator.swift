import CMalloc

/// glibc's allocator, set up for a daemon that is idle most of the time.
enum MemoryAllocator {
    /// Freed memory above this goes back to the system at once.
    private static let trimThresholdBytes: Int32 = 64 << 10
    /// Larger blocks, such as an answer of AWS, are mapped and unmapped on their own.
    private static let mapThresholdBytes: Int32 = 64 << 10
    private static let topPadBytes: Int32 = 16 << 10

    /// One arena instead of eight a core: the few threads allocate little, and each arena keeps what its thread once
    /// needed at its peak. Saves a sixth of the resident memory. To be called before the first thread starts.
    static func keepSmall() {
        _ = mallopt(M_ARENA_MAX, 1)
        _ = mallopt(M_TRIM_THRESHOLD, trimThresholdBytes)
        _ = mallopt(M_MMAP_THRESHOLD, mapThresholdBytes)
        _ = mallopt(M_TOP_PAD, topPadBytes)
    }
}
