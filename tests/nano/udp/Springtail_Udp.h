// The native part of the managed assembly Springtail.Udp, as nf-interpreter takes an interop assembly.
#ifndef SPRINGTAIL_UDP_H
#define SPRINGTAIL_UDP_H

#include <nanoCLR_Interop.h>
#include <nanoCLR_Runtime.h>

struct Library_Springtail_Udp_Springtail_Udp_UdpSockets
{
    NANOCLR_NATIVE_DECLARE(Open___STATIC__I4__I4);
    NANOCLR_NATIVE_DECLARE(Close___STATIC__VOID__I4);
    NANOCLR_NATIVE_DECLARE(Count___STATIC__I4);
    NANOCLR_NATIVE_DECLARE(Send___STATIC__VOID__I4__I4__SZARRAY_U1__I4);
    NANOCLR_NATIVE_DECLARE(Receive___STATIC__I4__I4__SZARRAY_U1__SZARRAY_U1);
    NANOCLR_NATIVE_DECLARE(ReadFile___STATIC__I4__SZARRAY_U1__SZARRAY_U1);
    NANOCLR_NATIVE_DECLARE(Random___STATIC__VOID__SZARRAY_U1);
};

extern const CLR_RT_NativeAssemblyData g_CLR_AssemblyNative_Springtail_Udp;

#endif
