// The method table, in the order of the declarations in Springtail.Native's NativeCrypto.cs: the CLR calls by position.
// A changed declaration changes the checksum; the native version then goes up here and in Springtail.Native.csproj.
#include "Springtail_Native.h"

typedef Library_Springtail_Native_Springtail_Native_NativeCrypto NativeCrypto;

// nf-interpreter's build reads name, checksum and version from this very form.
// clang-format off
static const CLR_RT_MethodHandler method_lookup[] =
{
    NativeCrypto::Sha256___STATIC__VOID__SZARRAY_U1__I4__SZARRAY_U1__I4__I4,
    NativeCrypto::HmacSha256___STATIC__VOID__SZARRAY_U1__I4__SZARRAY_U1__I4__I4__SZARRAY_U1__I4__I4,
    NativeCrypto::Pbkdf2Start___STATIC__VOID__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1__U4,
    NativeCrypto::Pbkdf2Step___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__U4,
    NativeCrypto::ChaCha20___STATIC__VOID__SZARRAY_U1__I4__I4__SZARRAY_U1__SZARRAY_U1__U4,
    NativeCrypto::P256KeyPair___STATIC__VOID__SZARRAY_U1__SZARRAY_U1,
    NativeCrypto::P256Public___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1,
    NativeCrypto::P256Shared___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1,
    NativeCrypto::X25519KeyPair___STATIC__VOID__SZARRAY_U1__SZARRAY_U1,
    NativeCrypto::X25519Public___STATIC__VOID__SZARRAY_U1__SZARRAY_U1,
    NativeCrypto::X25519Shared___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1,
    NativeCrypto::Aes256GcmSeal___STATIC__VOID__SZARRAY_U1__I4__I4__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1,
    NativeCrypto::Aes256GcmOpen___STATIC__BOOLEAN__SZARRAY_U1__I4__I4__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1,
    NativeCrypto::SealPacket___STATIC__VOID__SZARRAY_U1__I4__I4__I4__SZARRAY_U1__SZARRAY_U1__U8,
    NativeCrypto::OpenPacket___STATIC__BOOLEAN__SZARRAY_U1__I4__I4__I4__SZARRAY_U1__SZARRAY_U1__U8,
    NativeCrypto::MaskPacket___STATIC__VOID__SZARRAY_U1__I4__I4__SZARRAY_U1,
    NativeCrypto::UnmaskPacket___STATIC__BOOLEAN__SZARRAY_U1__I4__I4__SZARRAY_U1,
    NativeCrypto::Random___STATIC__VOID__SZARRAY_U1__I4__I4,
    NativeCrypto::Probe___STATIC__VOID,
    NativeCrypto::Retain___STATIC__VOID__SZARRAY_U1,
    NativeCrypto::TakeRetained___STATIC__I4__SZARRAY_U1,
    NativeCrypto::Signal___STATIC__I4,
    NativeCrypto::Temperature___STATIC__I4,
    NativeCrypto::Spake2Scalar___STATIC__VOID__SZARRAY_U1__SZARRAY_U1,
    NativeCrypto::Spake2Share___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1__I4,
    NativeCrypto::Spake2Key___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1__I4__SZARRAY_U1__SZARRAY_U1,
};

const CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_Springtail_Native =
{
    "Springtail.Native",
    0xC7A35782,
    method_lookup,
    { 1, 0, 0, 4 }
};
// clang-format on
