using System.Runtime.CompilerServices;

namespace System
{
    [Serializable]
    public class Exception
    {
        protected int HResult;
        public Exception() => throw null;
        public Exception(string message) => throw null;
        public Exception(string message, Exception innerException) => throw null;
        public virtual string Message => throw null;
        public Exception InnerException => throw null;
        public virtual string StackTrace => throw null;
        public override string ToString() => throw null;
    }

    [Serializable]
    public class SystemException : Exception
    {
        public SystemException() => throw null;
        public SystemException(string message) => throw null;
        public SystemException(string message, Exception innerException) => throw null;
    }

    [Serializable]
    public class ApplicationException : Exception
    {
        public ApplicationException() => throw null;
        public ApplicationException(string message) => throw null;
        public ApplicationException(string message, Exception innerException) => throw null;
    }

    [Serializable]
    public class ArgumentException : SystemException
    {
        public ArgumentException() => throw null;
        public ArgumentException(string message) => throw null;
        public ArgumentException(string message, Exception innerException) => throw null;
        public ArgumentException(string message, string paramName) => throw null;
        public ArgumentException(string message, string paramName, Exception innerException) => throw null;
        public override string Message => throw null;
        public virtual string ParamName => throw null;
    }

    [Serializable]
    public class ArgumentNullException : ArgumentException
    {
        public ArgumentNullException() => throw null;
        public ArgumentNullException(string paramName) => throw null;
        public ArgumentNullException(string message, Exception innerException) => throw null;
        public ArgumentNullException(string paramName, string message) => throw null;
    }

    [Serializable]
    public class ArgumentOutOfRangeException : ArgumentException
    {
        public ArgumentOutOfRangeException() => throw null;
        public ArgumentOutOfRangeException(string paramName) => throw null;
        public ArgumentOutOfRangeException(string paramName, string message) => throw null;
    }

    [Serializable]
    public class FormatException : SystemException
    {
        public FormatException() => throw null;
        public FormatException(string message) => throw null;
        public FormatException(string message, Exception innerException) => throw null;
    }

    [Serializable]
    public class IndexOutOfRangeException : SystemException
    {
        public IndexOutOfRangeException() => throw null;
        public IndexOutOfRangeException(string message) => throw null;
        public IndexOutOfRangeException(string message, Exception innerException) => throw null;
    }

    [Serializable]
    public class InvalidCastException : SystemException
    {
        public InvalidCastException() => throw null;
        public InvalidCastException(string message) => throw null;
        public InvalidCastException(string message, Exception innerException) => throw null;
    }

    [Serializable]
    public class InvalidOperationException : SystemException
    {
        public InvalidOperationException() => throw null;
        public InvalidOperationException(string message) => throw null;
        public InvalidOperationException(string message, Exception innerException) => throw null;
    }

    [Serializable]
    public class NotImplementedException : SystemException
    {
        public NotImplementedException() => throw null;
        public NotImplementedException(string message) => throw null;
        public NotImplementedException(string message, Exception innerException) => throw null;
    }

    [Serializable]
    public class NotSupportedException : SystemException
    {
        public NotSupportedException() => throw null;
        public NotSupportedException(string message) => throw null;
        public NotSupportedException(string message, Exception innerException) => throw null;
    }

    [Serializable]
    public class PlatformNotSupportedException : NotSupportedException
    {
        public PlatformNotSupportedException() => throw null;
    }

    [Serializable]
    public class NullReferenceException : SystemException
    {
        public NullReferenceException() => throw null;
        public NullReferenceException(string message) => throw null;
        public NullReferenceException(string message, Exception innerException) => throw null;
    }

    [Serializable]
    public class ObjectDisposedException : SystemException
    {
        public ObjectDisposedException() => throw null;
        public ObjectDisposedException(string message) => throw null;
        public ObjectDisposedException(string message, Exception innerException) => throw null;
    }

    [Serializable]
    public class OutOfMemoryException : SystemException
    {
        public OutOfMemoryException() => throw null;
        public OutOfMemoryException(string message) => throw null;
        public OutOfMemoryException(string message, Exception innerException) => throw null;
    }

    [Serializable]
    public class TimeoutException : SystemException
    {
        public TimeoutException() => throw null;
        public TimeoutException(string message) => throw null;
        public TimeoutException(string message, Exception innerException) => throw null;
    }
}

namespace System.IO
{
    [Serializable]
    public class IOException : SystemException
    {
        public enum IOExceptionErrorCode
        {
            Others = unchecked((int)0xE0000000),
            InvalidDriver = unchecked((int)0xE1000000),
            FileNotFound = unchecked((int)0xE2000000),
            DirectoryNotFound = unchecked((int)0xE3000000),
            VolumeNotFound = unchecked((int)0xE4000000),
            PathTooLong = unchecked((int)0xE5000000),
            DirectoryNotEmpty = unchecked((int)0xE6000000),
            UnauthorizedAccess = unchecked((int)0xE7000000),
            PathAlreadyExists = unchecked((int)0xE8000000),
            TooManyOpenHandles = unchecked((int)0xE9000000),
        }

        public IOException() => throw null;
        public IOException(string message) => throw null;
        public IOException(string message, int hresult) => throw null;
        public IOException(string message, Exception innerException) => throw null;
        public IOExceptionErrorCode ErrorCode => throw null;
    }
}
