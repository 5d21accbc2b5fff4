// Where the code of each instruction comes from: the line of the debug information is the offset in the
// module. The frames of traps are found by it, and so are those of profilers and debuggers.

import CLLVM

/// Of one LLVM module.
struct DebugInformation {
    private let builder: LLVMDIBuilderRef
    private let context: LLVMContextRef
    private let file: LLVMMetadataRef
    private let unit: LLVMMetadataRef
    private let type: LLVMMetadataRef

    init(_ f: LLVMFunctions, _ context: LLVMContextRef, _ module: LLVMModuleRef) {
        self.context = context
        builder = f.LLVMCreateDIBuilder(module)
        let name = "module.wasm"
        let producer = "libwasi-threads"
        file = f.LLVMDIBuilderCreateFile(builder, name, name.utf8.count, "", 0)
        unit = f.LLVMDIBuilderCreateCompileUnit(
            builder, LLVMDWARFSourceLanguageC, file, producer, producer.utf8.count, 1, "", 0, 0, "", 0,
            LLVMDWARFEmissionLineTablesOnly, 0, 0, 0, "", 0, "", 0)
        type = f.LLVMDIBuilderCreateSubroutineType(builder, file, nil, 0, LLVMDIFlagZero)
        // DEBUG_METADATA_VERSION, and the version of the line table.
        for (key, number) in [("Debug Info Version", 3), ("Dwarf Version", 4)] {
            let value = f.LLVMConstInt(f.LLVMIntTypeInContext(context, 32), UInt64(number), 0)
            f.LLVMAddModuleFlag(
                module, LLVMModuleFlagBehaviorWarning, key, key.utf8.count, f.LLVMValueAsMetadata(value))
        }
    }

    /// The scope of a function's instructions.
    func scope(
        of function: IRValue, named name: String, at offset: Int, _ f: LLVMFunctions
    ) -> LLVMMetadataRef {
        let scope = f.LLVMDIBuilderCreateFunction(
            builder, unit, name, name.utf8.count, name, name.utf8.count, file, UInt32(offset), type, 0, 1,
            UInt32(offset), LLVMDIFlagZero, 1)
        f.LLVMSetSubprogram(function, scope)
        return scope
    }

    func location(_ offset: Int, in scope: LLVMMetadataRef, _ f: LLVMFunctions) -> LLVMMetadataRef {
        f.LLVMDIBuilderCreateDebugLocation(context, UInt32(offset), 0, scope, nil)
    }

    func finish(_ f: LLVMFunctions) { f.LLVMDIBuilderFinalize(builder) }

    func dispose(_ f: LLVMFunctions) { f.LLVMDisposeDIBuilder(builder) }
}
