/// Reloads one after the other: whoever asks while one is under way shares the next with all others that do, because the
/// one under way may have read the configuration before it was changed.
actor ReloadTurns {
    private var current: Task<String?, Never>?
    /// Has not begun.
    private var next: Task<String?, Never>?

    /// - Returns: What a reload that began after this call returned.
    func run(_ reload: @escaping @Sendable () async -> String?) async -> String? {
        if let next { return await next.value }
        let before = current
        let task = Task {
            _ = await before?.value
            beginNext()
            return await reload()
        }
        next = task
        return await task.value
    }

    private func beginNext() {
        current = next
        next = nil
    }
}
