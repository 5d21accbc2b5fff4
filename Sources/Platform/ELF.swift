// The format of object files, as far as the compiler's are read.
// https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html

import Glibc

package enum ELF {
    package typealias Header = Elf64_Ehdr
    package typealias SectionHeader = Elf64_Shdr
    package typealias Symbol = Elf64_Sym
    package typealias Relocation = Elf64_Rela

    package static let relocatableFile = UInt16(ET_REL)
    #if arch(x86_64)
        package static let machine = UInt16(EM_X86_64)
    #elseif arch(arm64)
        package static let machine = UInt16(EM_AARCH64)
    #endif

    package enum SectionType {
        package static let null = UInt32(SHT_NULL)
        package static let symbolTable = UInt32(SHT_SYMTAB)
        package static let relocations = UInt32(SHT_RELA)
        package static let note = UInt32(SHT_NOTE)
        package static let noBits = UInt32(SHT_NOBITS)
    }

    package enum SectionFlags {
        package static let allocated = UInt64(SHF_ALLOC)
        package static let executable = UInt64(SHF_EXECINSTR)
    }

    /// A number that no relocation has stands for what a processor does not know.
    package enum RelocationType {
        #if arch(x86_64)
            package static let absolute64 = UInt32(R_X86_64_64)
            package static let relative32 = UInt32(R_X86_64_PC32)
            package static let call32 = UInt32(R_X86_64_PLT32)
        #else
            package static let absolute64 = UInt32.max
            package static let relative32 = UInt32.max - 1
            package static let call32 = UInt32.max - 2
        #endif
    }

    package static let sectionSymbol = UInt8(STT_SECTION)
}
