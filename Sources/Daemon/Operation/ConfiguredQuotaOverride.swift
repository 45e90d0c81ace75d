import Configuration

/// What was typed in; `QuotaModel` has a type of the same name for what it means.
typealias ConfiguredQuotaOverride = QuotaOverride
