// How compiled code of any tier reaches the structures of `layout.h`.

import CMachine

/// Offsets in bytes. The one place that has them.
package enum MachineLayout {
    package static let stackLimit = MemoryLayout<MachineContext>.offset(of: \.stackLimit)!
    package static let nativeLimit = MemoryLayout<MachineContext>.offset(of: \.nativeLimit)!
    package static let stackEnd = MemoryLayout<MachineContext>.offset(of: \.stackEnd)!
    package static let threadState = MemoryLayout<MachineContext>.offset(of: \.threadState)!
    package static let stackTop = MemoryLayout<MachineContext>.offset(of: \.stackTop)!
    package static let helpers = MemoryLayout<MachineContext>.offset(of: \.helpers)!
    package static let helperTrap = MemoryLayout<MachineHelpers>.offset(of: \.trap)!
    package static let helperPoll = MemoryLayout<MachineHelpers>.offset(of: \.poll)!
    package static let helperCall = MemoryLayout<MachineHelpers>.offset(of: \.call)!
    package static let helperCallDeep = MemoryLayout<MachineHelpers>.offset(of: \.callDeep)!
    package static let helperTailCall = MemoryLayout<MachineHelpers>.offset(of: \.tailCall)!
    package static let helperExecute = MemoryLayout<MachineHelpers>.offset(of: \.execute)!
    package static let helperCatch = MemoryLayout<MachineHelpers>.offset(of: \.catchException)!
    package static let helperThrow = MemoryLayout<MachineHelpers>.offset(of: \.throwReference)!
    package static let helperKeep = MemoryLayout<MachineHelpers>.offset(of: \.keepException)!
    package static let helperWatch = MemoryLayout<MachineHelpers>.offset(of: \.watch)!
    package static let helperWatchedAtomic = MemoryLayout<MachineHelpers>.offset(of: \.watchedAtomic)!
    package static let memory0 = MemoryLayout<MachineInstance>.offset(of: \.memory0)!
    package static let memory0Base = MemoryLayout<MachineInstance>.offset(of: \.memory0Base)!
    package static let ownFunctions = MemoryLayout<MachineInstance>.offset(of: \.ownFunctions)!
    package static let importedFunctions = MemoryLayout<MachineInstance>.offset(of: \.importedFunctions)!
    package static let ownGlobals = MemoryLayout<MachineInstance>.offset(of: \.ownGlobals)!
    package static let globals = MemoryLayout<MachineInstance>.offset(of: \.globals)!
    package static let tables = MemoryLayout<MachineInstance>.offset(of: \.tables)!
    package static let memories = MemoryLayout<MachineInstance>.offset(of: \.memories)!
    package static let tags = MemoryLayout<MachineInstance>.offset(of: \.tags)!
    package static let typeNumbers = MemoryLayout<MachineInstance>.offset(of: \.typeNumbers)!
    package static let memoryBase = MemoryLayout<MachineMemory>.offset(of: \.base)!
    package static let byteLength = MemoryLayout<MachineMemory>.offset(of: \.byteLength)!
    package static let elements = MemoryLayout<MachineTable>.offset(of: \.elements)!
    package static let elementCount = MemoryLayout<MachineTable>.offset(of: \.count)!
    package static let functionCode = MemoryLayout<MachineFunction>.offset(of: \.code)!
    package static let functionInstance = MemoryLayout<MachineFunction>.offset(of: \.instance)!
    package static let functionStride = MemoryLayout<MachineFunction>.stride
    package static let codeNative = MemoryLayout<MachineCode>.offset(of: \.native)!
    package static let codeHostEntry = MemoryLayout<MachineCode>.offset(of: \.hostEntry)!
    package static let codeHostContext = MemoryLayout<MachineCode>.offset(of: \.hostContext)!
    package static let codeHostFunction = MemoryLayout<MachineCode>.offset(of: \.hostFunction)!
    package static let codeTypeNumber = MemoryLayout<MachineCode>.offset(of: \.typeNumber)!
}
