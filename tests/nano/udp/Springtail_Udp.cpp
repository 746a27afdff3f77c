// The method table, in the order of the declarations in UdpSockets.cs, and the methods. Arguments are checked before C sees them.
#include "Springtail_Udp.h"

#include "udp.h"

typedef Library_Springtail_Udp_Springtail_Udp_UdpSockets UdpSockets;

namespace
{

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

CLR_INT32 Int(CLR_RT_StackFrame &stack, int index)
{
    return stack.ArgN(index).NumericByRef().s4;
}

} // namespace

HRESULT UdpSockets::Open___STATIC__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    stack.SetResult_I4(udp_open(Int(stack, 0)));

    NANOCLR_NOCLEANUP_NOLABEL();
}

HRESULT UdpSockets::Close___STATIC__VOID__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    udp_close(Int(stack, 0));

    NANOCLR_NOCLEANUP_NOLABEL();
}

HRESULT UdpSockets::Count___STATIC__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    stack.SetResult_I4(udp_count());

    NANOCLR_NOCLEANUP_NOLABEL();
}

HRESULT UdpSockets::Send___STATIC__VOID__I4__I4__SZARRAY_U1__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes buffer;
    CLR_INT32 size = Int(stack, 3);
    NANOCLR_CHECK_HRESULT(Array(stack, 2, buffer));
    if (size < 0 || (CLR_UINT32)size > buffer.size)
    {
        NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
    }
    udp_send(Int(stack, 0), Int(stack, 1), buffer.data, (unsigned)size);

    NANOCLR_NOCLEANUP();
}

HRESULT UdpSockets::Receive___STATIC__I4__I4__SZARRAY_U1__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes buffer;
    Bytes from;
    NANOCLR_CHECK_HRESULT(Array(stack, 1, buffer));
    NANOCLR_CHECK_HRESULT(Array(stack, 2, from));
    if (from.size < 2)
    {
        NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
    }
    stack.SetResult_I4(udp_receive(Int(stack, 0), buffer.data, buffer.size, from.data));

    NANOCLR_NOCLEANUP();
}

HRESULT UdpSockets::ReadFile___STATIC__I4__SZARRAY_U1__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes name;
    Bytes buffer;
    NANOCLR_CHECK_HRESULT(Array(stack, 0, name));
    NANOCLR_CHECK_HRESULT(Array(stack, 1, buffer));
    stack.SetResult_I4(udp_read_file(name.data, name.size, buffer.data, buffer.size));

    NANOCLR_NOCLEANUP();
}

HRESULT UdpSockets::Random___STATIC__VOID__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();

    Bytes output;
    NANOCLR_CHECK_HRESULT(Array(stack, 0, output));
    if (udp_random(output.data, output.size) != 0)
    {
        NANOCLR_SET_AND_LEAVE(CLR_E_INVALID_OPERATION);
    }

    NANOCLR_NOCLEANUP();
}

// clang-format off
static const CLR_RT_MethodHandler method_lookup[] =
{
    UdpSockets::Open___STATIC__I4__I4,
    UdpSockets::Close___STATIC__VOID__I4,
    UdpSockets::Count___STATIC__I4,
    UdpSockets::Send___STATIC__VOID__I4__I4__SZARRAY_U1__I4,
    UdpSockets::Receive___STATIC__I4__I4__SZARRAY_U1__SZARRAY_U1,
    UdpSockets::ReadFile___STATIC__I4__SZARRAY_U1__SZARRAY_U1,
    UdpSockets::Random___STATIC__VOID__SZARRAY_U1,
};

const CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_Springtail_Udp =
{
    "Springtail.Udp",
    0xA9B6B212,
    method_lookup,
    { 1, 0, 0, 0 }
};
// clang-format on
