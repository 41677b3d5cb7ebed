using System.Text;

namespace ReliableDownload.Api.Files;

/// <summary>A root of which a single file is served: everything else in its folder does not exist.</summary>
/// <param name="folder">The jail of the folder that the file is in.</param>
/// <param name="name">The file's name, which may begin with a dot.</param>
internal sealed class SingleFileRoot(IWebRoot folder, string name) : IWebRoot
{
    private readonly byte[] _name = Encoding.UTF8.GetBytes(name);

    public ServedFile? OpenFile(RequestPath path) => IsIt(path) ? folder.OpenFile(path) : null;

    public ServedFile? OpenFileWithoutBlocking(RequestPath path) => IsIt(path) ? folder.OpenFileWithoutBlocking(path) : null;

    public FileIdentity? Identify(RequestPath path) => IsIt(path) ? folder.Identify(path) : null;

    public FolderEntry? Describe(RequestPath path) =>
        folder.Describe(path) is { } entry && (entry.IsFolder ? path.Bytes.IsEmpty : IsIt(path)) ? entry : null;

    public bool IsFolder(RequestPath path) => path.Bytes.IsEmpty && folder.IsFolder(path);

    public IServedFolder? OpenFolder(RequestPath path) =>
        path.Bytes.IsEmpty && folder.OpenFolder(path) is { } opened ? new Folder(opened, _name) : null;

    private bool IsIt(RequestPath path) => path.Bytes.Span.SequenceEqual(_name);

    private sealed class Folder(IServedFolder folder, byte[] only) : IServedFolder
    {
        public FileIdentity Identity => folder.Identity;

        public void Probe()
        {
            // Its only name is known.
        }

        public FolderNames ReadNames()
        {
            var names = new FolderNames();
            if (Describe(only) is not null)
                names.Add(only, isFolder: false);
            return names;
        }

        public FolderEntry? Describe(ReadOnlySpan<byte> name) =>
            name.SequenceEqual(only) && folder.Describe(name) is { IsFolder: false } entry ? entry : null;

        public ServedFile? OpenFile(ReadOnlySpan<byte> name) => name.SequenceEqual(only) ? folder.OpenFile(name) : null;

        public void Dispose() => folder.Dispose();
    }
}
