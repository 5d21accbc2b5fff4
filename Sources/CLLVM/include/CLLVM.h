// The part of LLVM's C API that the compiler calls, without a dependency on LLVM: the library opens LLVM
// where a machine has it, when the first function is to be compiled.
//
// Always true: names and prototypes are those of LLVM 19 and later; `llvm_functions.inc` is the one list of
// them, which makes the structure of pointers here and the look-up in `open.c`. The numbers below are the
// ABI's. https://llvm.org/docs/DeveloperPolicy.html#c-api-changes
#pragma once

#include <stddef.h>
#include <stdint.h>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wnullability-completeness"

typedef int LLVMBool;
// What may be NULL is written as `struct … *_Nullable` in the table.
typedef struct LLVMOpaqueAttributeRef *_Nonnull LLVMAttributeRef;
typedef struct LLVMOpaqueBasicBlock *_Nonnull LLVMBasicBlockRef;
typedef struct LLVMOpaqueBuilder *_Nonnull LLVMBuilderRef;
typedef struct LLVMOpaqueContext *_Nonnull LLVMContextRef;
typedef struct LLVMOpaqueDIBuilder *_Nonnull LLVMDIBuilderRef;
typedef struct LLVMOpaqueError *_Nonnull LLVMErrorRef;
typedef struct LLVMOpaqueMemoryBuffer *_Nonnull LLVMMemoryBufferRef;
typedef struct LLVMOpaqueMetadata *_Nonnull LLVMMetadataRef;
typedef struct LLVMOpaqueModule *_Nonnull LLVMModuleRef;
typedef struct LLVMOpaquePassBuilderOptions *_Nonnull LLVMPassBuilderOptionsRef;
typedef struct LLVMTarget *_Nonnull LLVMTargetRef;
typedef struct LLVMOpaqueTargetData *_Nonnull LLVMTargetDataRef;
typedef struct LLVMOpaqueTargetMachine *_Nonnull LLVMTargetMachineRef;
typedef struct LLVMOpaqueType *_Nonnull LLVMTypeRef;
typedef struct LLVMOpaqueUse *_Nonnull LLVMUseRef;
typedef struct LLVMOpaqueValue *_Nonnull LLVMValueRef;
typedef void (*LLVMFatalErrorHandler)(const char *reason);
typedef struct LLVMOpaqueDiagnosticInfo *_Nonnull LLVMDiagnosticInfoRef;
typedef void (*LLVMDiagnosticHandler)(LLVMDiagnosticInfoRef, void *);
typedef enum { LLVMDSError = 0, LLVMDSWarning = 1, LLVMDSRemark = 2, LLVMDSNote = 3 } LLVMDiagnosticSeverity;

typedef enum {
    LLVMAtomicOrderingNotAtomic = 0,
    LLVMAtomicOrderingUnordered = 1,
    LLVMAtomicOrderingSequentiallyConsistent = 7
} LLVMAtomicOrdering;

typedef enum {
    LLVMAtomicRMWBinOpXchg = 0,
    LLVMAtomicRMWBinOpAdd = 1,
    LLVMAtomicRMWBinOpSub = 2,
    LLVMAtomicRMWBinOpAnd = 3,
    LLVMAtomicRMWBinOpOr = 5,
    LLVMAtomicRMWBinOpXor = 6
} LLVMAtomicRMWBinOp;

typedef enum {
    LLVMRet = 1,
    LLVMBr = 2,
    LLVMSwitch = 3,
    LLVMInvoke = 5,
    LLVMAdd = 8,
    LLVMXor = 25,
    LLVMLoad = 27,
    LLVMStore = 28,
    LLVMGetElementPtr = 29,
    LLVMTrunc = 30,
    LLVMZExt = 31,
    LLVMSExt = 32,
    LLVMUIToFP = 35,
    LLVMSIToFP = 36,
    LLVMFPTrunc = 37,
    LLVMFPExt = 38,
    LLVMIntToPtr = 40,
    LLVMBitCast = 41,
    LLVMICmp = 42,
    LLVMFCmp = 43,
    LLVMPHI = 44,
    LLVMCall = 45,
    LLVMSelect = 46,
    LLVMAtomicCmpXchg = 56,
    LLVMAtomicRMW = 57,
    LLVMFNeg = 66
} LLVMOpcode;

typedef enum { LLVMCodeGenLevelNone = 0, LLVMCodeGenLevelLess = 1, LLVMCodeGenLevelDefault = 2 }
    LLVMCodeGenOptLevel;
typedef enum { LLVMRelocPIC = 2 } LLVMRelocMode;
typedef enum { LLVMCodeModelSmall = 3 } LLVMCodeModel;
typedef enum { LLVMAssemblyFile = 0, LLVMObjectFile = 1 } LLVMCodeGenFileType;
typedef enum { LLVMReturnStatusAction = 2 } LLVMVerifierFailureAction;
typedef enum { LLVMInternalLinkage = 8 } LLVMLinkage;
typedef enum { LLVMTailCallKindMustTail = 2 } LLVMTailCallKind;
typedef enum { LLVMInlineAsmDialectATT = 0 } LLVMInlineAsmDialect;
typedef enum { LLVMModuleFlagBehaviorWarning = 1 } LLVMModuleFlagBehavior;
typedef enum { LLVMDWARFSourceLanguageC = 1 } LLVMDWARFSourceLanguage;
typedef enum { LLVMDWARFEmissionLineTablesOnly = 2 } LLVMDWARFEmissionKind;
typedef enum { LLVMDIFlagZero = 0 } LLVMDIFlags;

typedef enum {
    LLVMIntEQ = 32,
    LLVMIntNE,
    LLVMIntUGT,
    LLVMIntUGE,
    LLVMIntULT,
    LLVMIntULE,
    LLVMIntSGT,
    LLVMIntSGE,
    LLVMIntSLT,
    LLVMIntSLE
} LLVMIntPredicate;

typedef enum {
    LLVMRealOEQ = 1,
    LLVMRealOGT,
    LLVMRealOGE,
    LLVMRealOLT,
    LLVMRealOLE,
    LLVMRealUNO = 8,
    LLVMRealUNE = 14
} LLVMRealPredicate;

/// The attribute index of a function itself; its parameters count from 1.
enum { LLVMAttributeFunctionIndex = -1 };

/// Pointers to the functions, and where the library's code is.
typedef struct LLVMFunctions {
    uintptr_t text;
    size_t text_length;
#define LLVM_FUNCTION(result, name, parameters) result(*name) parameters;
#include "llvm_functions.inc"
#undef LLVM_FUNCTION
} LLVMFunctions;

typedef enum {
    LLVMOpened = 0,
    /// There is no such library.
    LLVMNotFound,
    /// It is older than LLVM 19; its major version is given.
    LLVMTooOld,
    /// A function is missing; its name is given.
    LLVMFunctionMissing
} LLVMOpening;

/// Opens the library at `path`, and fills `functions` with what it has. `*version` and `*missing`, which
/// lives for ever, say why not. A library that was opened is never closed: it has state of its own.
LLVMOpening llvm_open(const char *path, LLVMFunctions *functions, unsigned *version,
                      const char **missing);

#pragma clang diagnostic pop
