// The methods of Springtail.Native.NativeCrypto: checks every argument, then calls the core.
//
// Nothing reaches C before the arrays are known to be there and the ranges to lie inside them. null gives
// ArgumentNullException, a range outside its array or a number outside its limits ArgumentOutOfRangeException, a key of
// another size than stated ArgumentException, a random source that is not ready InvalidOperationException.
#include "Springtail_Native.h"

#include "board.h"
#include "retained.h"

#include <springtail_crypto.h>

typedef Library_Springtail_Native_Springtail_Native_NativeCrypto NativeCrypto;

namespace
{

const CLR_UINT32 KeySize = 32;
const CLR_UINT32 MaxPbkdf2Step = 400;

// A native call holds up every managed thread. With these limits none takes more than 4 M instructions of a small board.
const CLR_UINT32 MaxHashed = 65536;
const CLR_UINT32 MaxGcm = 12288;
const CLR_UINT32 MaxIdentity = 256;

struct Bytes
{
    CLR_UINT8 *data;
    CLR_UINT32 size;
};

HRESULT Array(CLR_RT_StackFrame &stack, int index, Bytes &bytes)
{
    NANOCLR_HEADER();

    CLR_RT_HeapBlock_Array *array = stack.ArgN(index).DereferenceArray();
    FAULT_ON_NULL_ARG(array);
    bytes.data = array->GetFirstElement();
    bytes.size = array->m_numOfElements;

    NANOCLR_NOCLEANUP();
}

HRESULT ArrayOf(CLR_RT_StackFrame &stack, int index, CLR_UINT32 size, Bytes &bytes)
{
    NANOCLR_HEADER();

    NANOCLR_CHECK_HRESULT(Array(stack, index, bytes));
    if (bytes.size != size)
    {
        NANOCLR_SET_AND_LEAVE(CLR_E_INVALID_PARAMETER);
    }

    NANOCLR_NOCLEANUP();
}

HRESULT Slice(CLR_RT_StackFrame &stack, int index, CLR_INT32 offset, CLR_INT32 count, Bytes &bytes)
{
    NANOCLR_HEADER();

    NANOCLR_CHECK_HRESULT(Array(stack, index, bytes));
    if (offset < 0 || count < 0 || (CLR_UINT32)count > bytes.size || (CLR_UINT32)offset > bytes.size - (CLR_UINT32)count)
    {
        NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
    }
    bytes.data += offset;
    bytes.size = (CLR_UINT32)count;

    NANOCLR_NOCLEANUP();
}

CLR_INT32 Int(CLR_RT_StackFrame &stack, int index)
{
    return stack.ArgN(index).NumericByRef().s4;
}

CLR_UINT32 UInt(CLR_RT_StackFrame &stack, int index)
{
    return stack.ArgN(index).NumericByRef().u4;
}

// An array, its offset and its count, which stand side by side.
HRESULT Range(CLR_RT_StackFrame &stack, int index, Bytes &bytes)
{
    return Slice(stack, index, Int(stack, index + 1), Int(stack, index + 2), bytes);
}

HRESULT Limit(CLR_UINT32 size, CLR_UINT32 limit)
{
    return size <= limit ? S_OK : CLR_E_OUT_OF_RANGE;
}

HRESULT Side(CLR_INT32 side)
{
    return side == SPT_CLIENT || side == SPT_SERVER ? S_OK : CLR_E_OUT_OF_RANGE;
}

// What the core says, where false is no possible answer.
HRESULT Succeeded(int result)
{
    if (result == 0)
    {
        return S_OK;
    }

    return result == SPT_E_RANDOM ? CLR_E_INVALID_OPERATION : CLR_E_INVALID_PARAMETER;
}

HRESULT Packet(CLR_RT_StackFrame &stack, Bytes &packet)
{
    NANOCLR_HEADER();

    NANOCLR_CHECK_HRESULT(Range(stack, 0, packet));
    if (packet.size < SPT_PACKET_MIN || packet.size > SPT_PACKET_MAX)
    {
        NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
    }

    NANOCLR_NOCLEANUP();
}

typedef int (*PacketFunction)(uint8_t *, size_t, int, const uint8_t *, const uint8_t *, uint64_t);

// SealPacket and OpenPacket: packet, offset, size, protection, cipher key, tag key, number.
HRESULT CallWithPacket(CLR_RT_StackFrame &stack, PacketFunction function, int &result)
{
    NANOCLR_HEADER();

    Bytes packet, cipherKey = {NULL, 0}, tagKey = {NULL, 0};
    CLR_INT32 protection = Int(stack, 3);
    NANOCLR_CHECK_HRESULT(Packet(stack, packet));
    if (protection < SPT_CLEAR || protection > SPT_CHACHA20_POLY1305)
    {
        NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
    }
    if (protection != SPT_CLEAR)
    {
        NANOCLR_CHECK_HRESULT(ArrayOf(stack, 4, KeySize, cipherKey));
    }
    if (protection != SPT_CHACHA20_POLY1305)
    {
        NANOCLR_CHECK_HRESULT(ArrayOf(stack, 5, KeySize, tagKey));
    }
    result = function(
        packet.data,
        packet.size,
        protection,
        cipherKey.data,
        tagKey.data,
        stack.ArgN(6).NumericByRef().u8);

    NANOCLR_NOCLEANUP();
}

struct Gcm
{
    Bytes data, key, iv, additionalData;
};

// Aes256GcmSeal and Aes256GcmOpen: data, offset, size, key, iv, additional data.
HRESULT GcmArguments(CLR_RT_StackFrame &stack, Gcm &gcm)
{
    NANOCLR_HEADER();

    NANOCLR_CHECK_HRESULT(Range(stack, 0, gcm.data));
    if (gcm.data.size < SPT_PACKET_TAG)
    {
        NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
    }
    gcm.data.size -= SPT_PACKET_TAG;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 3, KeySize, gcm.key));
    NANOCLR_CHECK_HRESULT(Array(stack, 4, gcm.iv));
    NANOCLR_CHECK_HRESULT(Array(stack, 5, gcm.additionalData));
    if (gcm.iv.size == 0)
    {
        NANOCLR_SET_AND_LEAVE(CLR_E_INVALID_PARAMETER);
    }
    NANOCLR_CHECK_HRESULT(Limit(gcm.data.size, MaxGcm));
    NANOCLR_CHECK_HRESULT(Limit(gcm.iv.size, MaxGcm));
    NANOCLR_CHECK_HRESULT(Limit(gcm.additionalData.size, MaxGcm));
    NANOCLR_CHECK_HRESULT(Limit(gcm.data.size + gcm.iv.size + gcm.additionalData.size, MaxGcm));

    NANOCLR_NOCLEANUP();
}

} // namespace

HRESULT NativeCrypto::Sha256___STATIC__VOID__SZARRAY_U1__I4__SZARRAY_U1__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes output, input;
    NANOCLR_CHECK_HRESULT(Slice(stack, 0, Int(stack, 1), 32, output));
    NANOCLR_CHECK_HRESULT(Range(stack, 2, input));
    NANOCLR_CHECK_HRESULT(Limit(input.size, MaxHashed));
    spt_sha256(output.data, input.data, input.size);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::HmacSha256___STATIC__VOID__SZARRAY_U1__I4__SZARRAY_U1__I4__I4__SZARRAY_U1__I4__I4(
    CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes output, key, message;
    NANOCLR_CHECK_HRESULT(Slice(stack, 0, Int(stack, 1), 32, output));
    NANOCLR_CHECK_HRESULT(Range(stack, 2, key));
    NANOCLR_CHECK_HRESULT(Range(stack, 5, message));
    NANOCLR_CHECK_HRESULT(Limit(key.size, MaxHashed / 2));
    NANOCLR_CHECK_HRESULT(Limit(message.size, MaxHashed / 2));
    spt_hmac_sha256(output.data, key.data, key.size, message.data, message.size);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::Pbkdf2Start___STATIC__VOID__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1__U4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes context, password, salt;
    CLR_UINT32 iterations = UInt(stack, 3);
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, sizeof(spt_pbkdf2_context), context));
    NANOCLR_CHECK_HRESULT(Array(stack, 1, password));
    NANOCLR_CHECK_HRESULT(Array(stack, 2, salt));
    NANOCLR_CHECK_HRESULT(Limit(password.size, MaxHashed / 2));
    NANOCLR_CHECK_HRESULT(Limit(salt.size, MaxHashed / 2));
    if (iterations == 0)
    {
        NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
    }
    NANOCLR_CHECK_HRESULT(Succeeded(spt_pbkdf2_start(
        (spt_pbkdf2_context *)context.data,
        password.data,
        password.size,
        salt.data,
        salt.size,
        iterations)));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::Pbkdf2Step___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__U4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes context, output;
    CLR_UINT32 iterations = UInt(stack, 2);
    int result;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, sizeof(spt_pbkdf2_context), context));
    NANOCLR_CHECK_HRESULT(Array(stack, 1, output));
    if (iterations == 0 || iterations > MaxPbkdf2Step)
    {
        NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
    }
    result = spt_pbkdf2_step((spt_pbkdf2_context *)context.data, output.data, output.size, iterations);
    if (result != SPT_MORE)
    {
        NANOCLR_CHECK_HRESULT(Succeeded(result));
    }
    stack.SetResult_Boolean(result == 0);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::ChaCha20___STATIC__VOID__SZARRAY_U1__I4__I4__SZARRAY_U1__SZARRAY_U1__U4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes data, key, nonce;
    NANOCLR_CHECK_HRESULT(Range(stack, 0, data));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 3, KeySize, key));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 4, 12, nonce));
    NANOCLR_CHECK_HRESULT(Limit(data.size, MaxHashed));
    spt_chacha20(data.data, data.data, data.size, key.data, nonce.data, UInt(stack, 5));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::P256KeyPair___STATIC__VOID__SZARRAY_U1__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes publicKey, privateKey;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, 64, publicKey));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 1, KeySize, privateKey));
    NANOCLR_CHECK_HRESULT(Succeeded(spt_p256_keypair(publicKey.data, privateKey.data)));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::P256Public___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes publicKey, privateKey;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, 64, publicKey));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 1, KeySize, privateKey));
    stack.SetResult_Boolean(spt_p256_public(publicKey.data, privateKey.data) == 0);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::P256Shared___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes secret, privateKey, peerPublicKey;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, KeySize, secret));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 1, KeySize, privateKey));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 2, 64, peerPublicKey));
    stack.SetResult_Boolean(spt_p256_shared(secret.data, privateKey.data, peerPublicKey.data) == 0);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::X25519KeyPair___STATIC__VOID__SZARRAY_U1__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes publicKey, privateKey;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, KeySize, publicKey));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 1, KeySize, privateKey));
    NANOCLR_CHECK_HRESULT(Succeeded(spt_x25519_keypair(publicKey.data, privateKey.data)));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::X25519Public___STATIC__VOID__SZARRAY_U1__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    static const uint8_t basePoint[32] = {9};
    NANOCLR_HEADER();

    Bytes publicKey, privateKey;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, KeySize, publicKey));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 1, KeySize, privateKey));
    spt_x25519(publicKey.data, privateKey.data, basePoint);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::X25519Shared___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes secret, privateKey, peerPublicKey;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, KeySize, secret));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 1, KeySize, privateKey));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 2, KeySize, peerPublicKey));
    stack.SetResult_Boolean(spt_x25519_shared(secret.data, privateKey.data, peerPublicKey.data) == 0);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::Aes256GcmSeal___STATIC__VOID__SZARRAY_U1__I4__I4__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1(
    CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Gcm g;
    NANOCLR_CHECK_HRESULT(GcmArguments(stack, g));
    NANOCLR_CHECK_HRESULT(Succeeded(spt_aes256_gcm_seal(
        g.data.data,
        g.data.data + g.data.size,
        g.key.data,
        g.iv.data,
        g.iv.size,
        g.additionalData.data,
        g.additionalData.size,
        g.data.data,
        g.data.size)));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::Aes256GcmOpen___STATIC__BOOLEAN__SZARRAY_U1__I4__I4__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1(
    CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Gcm g;
    NANOCLR_CHECK_HRESULT(GcmArguments(stack, g));
    stack.SetResult_Boolean(
        spt_aes256_gcm_open(
            g.data.data,
            g.key.data,
            g.iv.data,
            g.iv.size,
            g.additionalData.data,
            g.additionalData.size,
            g.data.data,
            g.data.size,
            g.data.data + g.data.size) == 0);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::SealPacket___STATIC__VOID__SZARRAY_U1__I4__I4__I4__SZARRAY_U1__SZARRAY_U1__U8(
    CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    int result;
    NANOCLR_CHECK_HRESULT(CallWithPacket(stack, spt_packet_seal, result));
    NANOCLR_CHECK_HRESULT(Succeeded(result));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::OpenPacket___STATIC__BOOLEAN__SZARRAY_U1__I4__I4__I4__SZARRAY_U1__SZARRAY_U1__U8(
    CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    int result;
    NANOCLR_CHECK_HRESULT(CallWithPacket(stack, spt_packet_open, result));
    stack.SetResult_Boolean(result == 0);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::MaskPacket___STATIC__VOID__SZARRAY_U1__I4__I4__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes packet, maskKey;
    NANOCLR_CHECK_HRESULT(Packet(stack, packet));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 3, KeySize, maskKey));
    NANOCLR_CHECK_HRESULT(Succeeded(spt_packet_mask(packet.data, packet.size, maskKey.data)));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::UnmaskPacket___STATIC__BOOLEAN__SZARRAY_U1__I4__I4__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes packet, maskKey;
    NANOCLR_CHECK_HRESULT(Packet(stack, packet));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 3, KeySize, maskKey));
    stack.SetResult_Boolean(spt_packet_unmask(packet.data, packet.size, maskKey.data) == 0);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::Random___STATIC__VOID__SZARRAY_U1__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes output;
    NANOCLR_CHECK_HRESULT(Range(stack, 0, output));
    NANOCLR_CHECK_HRESULT(Succeeded(spt_random(output.data, output.size)));

    NANOCLR_NOCLEANUP();
}

// Called to find out whether the module is there.
HRESULT NativeCrypto::Probe___STATIC__VOID(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    (void)stack;

    NANOCLR_NOCLEANUP_NOLABEL();
}

HRESULT NativeCrypto::Retain___STATIC__VOID__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes data;
    NANOCLR_CHECK_HRESULT(Array(stack, 0, data));
    NANOCLR_CHECK_HRESULT(Limit(data.size, SPT_RETAINED_SIZE));
    spt_retain(data.data, data.size);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::TakeRetained___STATIC__I4__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes output;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, SPT_RETAINED_SIZE, output));
    stack.SetResult_I4((CLR_INT32)spt_take_retained(output.data));

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::Signal___STATIC__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    stack.SetResult_I4(spt_board_signal());

    NANOCLR_NOCLEANUP_NOLABEL();
}

HRESULT NativeCrypto::Temperature___STATIC__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    stack.SetResult_I4(spt_board_temperature());

    NANOCLR_NOCLEANUP_NOLABEL();
}

HRESULT NativeCrypto::Spake2Scalar___STATIC__VOID__SZARRAY_U1__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes w, input;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, KeySize, w));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 1, 40, input));
    spt_spake2_scalar(w.data, input.data);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::Spake2Share___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1__I4(
    CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes share, w, privateKey;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, 64, share));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 1, KeySize, w));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 2, KeySize, privateKey));
    NANOCLR_CHECK_HRESULT(Side(Int(stack, 3)));
    stack.SetResult_Boolean(spt_spake2_share(share.data, w.data, privateKey.data, Int(stack, 3)) == 0);

    NANOCLR_NOCLEANUP();
}

HRESULT NativeCrypto::Spake2Key___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1__I4__SZARRAY_U1__SZARRAY_U1(
    CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes key, w, privateKey, share, peerShare, client, server;
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 0, KeySize, key));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 1, KeySize, w));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 2, KeySize, privateKey));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 3, 64, share));
    NANOCLR_CHECK_HRESULT(ArrayOf(stack, 4, 64, peerShare));
    NANOCLR_CHECK_HRESULT(Side(Int(stack, 5)));
    NANOCLR_CHECK_HRESULT(Array(stack, 6, client));
    NANOCLR_CHECK_HRESULT(Array(stack, 7, server));
    NANOCLR_CHECK_HRESULT(Limit(client.size, MaxIdentity));
    NANOCLR_CHECK_HRESULT(Limit(server.size, MaxIdentity));
    stack.SetResult_Boolean(
        spt_spake2_key(
            key.data,
            w.data,
            privateKey.data,
            share.data,
            peerShare.data,
            Int(stack, 5),
            client.data,
            client.size,
            server.data,
            server.size) == 0);

    NANOCLR_NOCLEANUP();
}
