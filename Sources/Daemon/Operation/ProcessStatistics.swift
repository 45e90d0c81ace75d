import Exposition
import Glibc

/// The process's own figures out of `/proc/self`, proc(5); a file that cannot be read leaves its figures out.
package struct ProcessStatistics: Sendable {
    private let startTime: Double

    /// - Parameter startTime: Unix time of the start by our own clock; a hardened unit hides `/proc/stat`.
    package init(startTime: Double) {
        self.startTime = startTime
    }

    package func families() -> [MetricFamily] {
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        let pageBytes = Double(sysconf(Int32(_SC_PAGESIZE)))
        let stat = Self.read("/proc/self/stat").flatMap { Stat($0, ticksPerSecond: ticks) }
        return [
            MetricFamily(ProcessMetricCatalog.cpuSeconds, optional: stat?.cpuSeconds),
            MetricFamily(ProcessMetricCatalog.openFileDescriptors, optional: Self.openFileDescriptors()),
            MetricFamily(
                ProcessMetricCatalog.maximumFileDescriptors, optional: Self.maximumFileDescriptors()),
            MetricFamily(ProcessMetricCatalog.virtualMemory, optional: stat?.virtualBytes),
            MetricFamily(
                ProcessMetricCatalog.residentMemory, optional: stat.map { $0.residentPages * pageBytes }),
            MetricFamily(ProcessMetricCatalog.startTime, value: startTime),
            MetricFamily(ProcessMetricCatalog.threads, optional: stat?.threads),
        ]
    }

    /// The fields of `/proc/self/stat` that are exposed.
    struct Stat: Equatable {
        let cpuSeconds: Double
        let threads: Double
        let virtualBytes: Double
        let residentPages: Double

        /// Counts fields after the last `)`, because the program's name may hold blanks and parentheses.
        init?(_ text: String, ticksPerSecond: Double) {
            guard let end = text.lastIndex(of: ")") else { return nil }
            let fields = text[text.index(after: end)...].split(whereSeparator: { $0 == " " || $0 == "\n" })
            // proc(5) numbers from 1 with the state as field 3, the first one here.
            func field(_ number: Int) -> Double? {
                number - 3 < fields.count ? Double(fields[number - 3]) : nil
            }
            guard let user = field(14), let system = field(15), let threads = field(20), let size = field(23),
                let pages = field(24)
            else { return nil }
            cpuSeconds = (user + system) / ticksPerSecond
            self.threads = threads
            virtualBytes = size
            residentPages = pages
        }
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private static func openFileDescriptors() -> Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var entries = 0
        while readdir(folder) != nil { entries += 1 }
        // Without `.`, `..` and the folder's own descriptor.
        return Double(entries - 3)
    }

    private static func maximumFileDescriptors() -> Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }
}
