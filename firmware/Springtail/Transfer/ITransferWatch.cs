namespace Springtail.Transfer;

/// <summary>Is told what becomes of each file.</summary>
public interface ITransferWatch
{
    /// <summary>The end of a file: <see cref="FileEntry.Result"/> says which.</summary>
    void Concluded(FileEntry entry);
}
