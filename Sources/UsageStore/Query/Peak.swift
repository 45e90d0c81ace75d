import QuotaModel

/// The highest minute of something.
package struct Peak: Equatable, Sendable {
    package var value: Double
    package var minute: Minute

    package init(value: Double, minute: Minute) {
        self.value = value
        self.minute = minute
    }
}
