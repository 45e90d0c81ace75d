// Faults on purpose, one a run: the sanitizer has to report each of them, under the same options and suppressions as the
// tests. Built by sanitize.py with the sanitizer's flag, in no package.
import Dispatch
import Glibc
import Synchronization

/// Shared without protection, which is the fault.
final class Counter: @unchecked Sendable {
    var value = 0
    let guarded = Mutex(0)
}

/// Lets the others begin: one thread could do the work of all before the next has started.
func letOthersBegin(microseconds: UInt32 = 50_000) { usleep(microseconds) }

/// Two threads add without a lock.
func raceOfThreads() {
    let counter = Counter()
    DispatchQueue.concurrentPerform(iterations: 2) { _ in
        letOthersBegin()
        for _ in 0..<10_000 { counter.value += 1 }
    }
    print(counter.value)
}

/// Two tasks add without a lock.
func raceOfTasks() async {
    let counter = Counter()
    await withTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
            group.addTask {
                letOthersBegin()
                for _ in 0..<10_000 { counter.value += 1 }
            }
        }
    }
    print(counter.value)
}

/// Threads hold one lock at times only.
func raceBesideMutex() {
    let counter = Counter()
    DispatchQueue.concurrentPerform(iterations: 4) { index in
        letOthersBegin()
        for _ in 0..<10_000 {
            if index % 2 == 0 {
                counter.guarded.withLock { _ in counter.value += 1 }
            } else {
                counter.value += 1
            }
        }
    }
    print(counter.value)
}

/// No fault, though threads have to wait for the lock: a report here would be a false one.
func lockedThreads() {
    let counter = Counter()
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
        for round in 0..<10_000 {
            counter.guarded.withLock { value in
                value += 1
                counter.value += 1
                if round % 1000 == 0 { letOthersBegin(microseconds: 1000) }
            }
        }
    }
    print(counter.value)
}

/// Reads behind the end of what was allocated.
func readBehindTheEnd() {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
    bytes.initialize(repeating: 1, count: 16)
    print(bytes[Int(getpid() > 0 ? 16 : 0)])
    bytes.deallocate()
}

/// Reads what was given back.
func readAfterFree() {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 16)
    bytes.initialize(repeating: 1, count: 16)
    bytes.deallocate()
    print(bytes[Int(getpid() > 0 ? 3 : 0)])
}

/// Forgets what it allocated.
@inline(never)
func leak() {
    for size in 100..<200 { memset(malloc(size), 1, size) }
}

/// Forgets two objects that hold one another.
@inline(never)
func cycle() {
    final class Node { var other: Node? }
    for _ in 0..<100 {
        let (first, second) = (Node(), Node())
        first.other = second
        second.other = first
    }
}

@main
enum KnownFaults {
    static func main() async {
        switch CommandLine.arguments.last {
        case "race-of-threads": raceOfThreads()
        case "race-of-tasks": await raceOfTasks()
        case "race-beside-mutex": raceBesideMutex()
        case "locked-threads": lockedThreads()
        case "read-behind-the-end": readBehindTheEnd()
        case "read-after-free": readAfterFree()
        case "leak": leak()
        case "cycle": cycle()
        default: exit(2)
        }
    }
}
