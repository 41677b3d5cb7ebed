using Microsoft.Win32.SafeHandles;

namespace ReliableDownload.Client.Trees;

/// <summary>
/// A tree's folder on disk. Every name is looked up below it, and no link on the way is followed. Files are made in a hidden folder of it
/// (<see cref="StagingName"/>) and get their names when they are whole, proven and flushed. What the disk refuses is a <see cref="DownloadFailedException"/>. Safe for threads.
/// </summary>
internal interface ITreeTarget : IDisposable
{
    /// <summary>The hidden folder for what is unfinished, directly in the tree's folder.</summary>
    const string StagingName = ".rd-tree";

    /// <summary>The folder in it for the unfinished downloads of large files.</summary>
    const string PartsName = "parts";

    /// <summary>The full path of the tree's folder.</summary>
    string Path { get; }

    /// <summary>The full path of the hidden folder.</summary>
    string StagingPath { get; }

    /// <summary>What is on disk under a name.</summary>
    TreeEntry Look(TreePath path);

    /// <summary>Makes a folder; the one above it exists.</summary>
    void MakeFolder(TreePath path);

    /// <summary>Begins a file in the hidden folder.</summary>
    SafeFileHandle Stage(string name);

    /// <summary>Writes behind what was written to a staged file.</summary>
    void Write(SafeFileHandle file, ReadOnlySpan<byte> data);

    /// <summary>Gives a file that was just staged its time and mode, where they are known.</summary>
    void Finish(SafeFileHandle file, long? modified, int? mode);

    /// <summary>The same for a staged file that is closed, whoever made it.</summary>
    void FinishStaged(string name, long? modified, int? mode);

    /// <summary>Opens a staged file for reading, and says what it is; null where it is not there.</summary>
    SafeFileHandle? OpenStaged(string name, out TreeEntry entry);

    /// <summary>What a staged file is.</summary>
    TreeEntry LookStaged(string name);

    /// <summary>Whether a file has the bits of access that it gets for a mode on the server: those without the umask's; its owner can always read and write it.</summary>
    bool IsOfMode(TreeEntry entry, int mode);

    /// <summary>Whether something has a time of the server's (nanoseconds after 1970), as exactly as the file system keeps it.</summary>
    bool IsOfTime(TreeEntry entry, long modified);

    /// <summary>Whether a file has the size and the time that the server names.</summary>
    bool IsOfTime(TreeEntry entry, FileFacts facts) => entry.Size == facts.Size && facts.Modified is { } modified && IsOfTime(entry, modified);

    /// <summary>What is the same for names that the file system is known to take for one; null where it may keep all apart.</summary>
    ulong? KeyOf(TreePath path);

    /// <summary>What is the same for names that lead to one entry; null where nothing is there, or it cannot be told.</summary>
    ulong? KeyOf(TreeEntry entry);

    /// <summary>Gives a file that is in place its time and mode, where they are told.</summary>
    void Update(TreePath path, long? modified, int? mode);

    /// <summary>Whether a folder has the bits of access that it gets for a mode on the server: those without the umask's; its owner can always use it.</summary>
    bool IsOfFolderMode(TreeEntry entry, int mode);

    /// <summary>Gives a folder its time and mode, where they are told.</summary>
    void UpdateFolder(TreePath path, long? modified, int? mode);

    /// <summary>Makes these staged files survive a power cut.</summary>
    void Flush(IReadOnlyCollection<string> staged);

    /// <summary>Makes the names of these files survive a power cut, and all others that were given before, those of new folders included.</summary>
    /// <param name="isLast">Whether no further call follows, so that nothing may be left for it.</param>
    void FlushNames(IReadOnlyCollection<TreePath> files, bool isLast);

    /// <summary>Gives a staged file its final name, and takes the one it had.</summary>
    /// <param name="mayReplace">Whether a file or link that has the final name is replaced.</param>
    /// <returns>False where something has the name that may not be replaced.</returns>
    bool Place(string staged, TreePath path, bool mayReplace);

    /// <summary>Gives a file that is in place a second name in the hidden folder, where it cannot be seen to change; false where the file system does not do that.</summary>
    bool TryLinkToStaging(TreePath path, string name);

    /// <summary>Has a file of another tree in the hidden folder: as a clone that shares its blocks, or else as a second name of it; false where neither can be.</summary>
    /// <param name="mode">That on the server, if it is told: a name of a file with another one would have to change it in the other tree, too.</param>
    bool TryStageFrom(ITreeTarget other, TreePath path, string name, int? mode);

    /// <summary>Whether a staged name is one more of a file that is in place.</summary>
    bool IsSame(string staged, TreePath path);

    /// <summary>Opens a file that is in place, for reading.</summary>
    SafeFileHandle Open(TreePath path);

    /// <summary>The small files in the hidden folder, as an earlier run left them.</summary>
    IReadOnlyCollection<string> StagedNames();

    /// <summary>The names in a folder in their order; null for the tree's own folder. The hidden folder is left out.</summary>
    List<TreePath> Names(TreePath? folder);

    /// <summary>Removes a file, a link, or an empty folder.</summary>
    void Remove(TreePath path, bool isFolder);

    /// <summary>Removes a staged file, if it is there.</summary>
    void Unstage(string name);

    /// <summary>Removes the hidden folder, if nothing else is in it.</summary>
    /// <param name="withAll">Whether what is in it is of no more use, and goes with it.</param>
    void RemoveStaging(bool withAll);
}
