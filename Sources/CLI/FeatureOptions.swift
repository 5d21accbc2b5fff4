// Which features of WebAssembly a command refuses.

import ArgumentParser
import WasmModule

extension Feature: ExpressibleByArgument {}

struct FeatureOptions: ParsableArguments {
    @Option(
        name: .customLong("without"), parsing: .singleValue,
        help: ArgumentHelp(
            "Refuse modules that use a feature, by the name that inspect prints.", valueName: "feature"))
    var without: [Feature] = []

    var refused: Set<Feature> { Set(without) }
}
