namespace ReliableDownload.Tests.Support;

/// <summary>
/// A file system like the one beside it, but in folders below one named "folding" names are the same that differ only by case or by their Unicode form, as in
/// folders of ext4 and f2fs that are told so, which few kernels can. No file called "theirs" gets another mode, and none called "single" a second name. Only root may mount it.
/// </summary>
internal sealed class FoldingDisk : IAsyncDisposable
{
    private const string Script = """
        import errno, os, sys, unicodedata
        from fusepy import FUSE, FuseOSError, Operations
        below, owner = sys.argv[1:3]
        def fold(name):
            return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        def fields(status, *names):
            return {name: getattr(status, name) for name in names}
        def times(status):
            return {name: getattr(status, name + "_ns") for name in ("st_atime", "st_ctime", "st_mtime")}
        class Folding(Operations):
            use_ns = True
            def real(self, path):
                at = below
                for part in filter(None, path.split("/")):
                    names = os.listdir(at) if "folding" in at.split("/") and os.path.isdir(at) else []
                    at = os.path.join(at, next((name for name in names if fold(name) == fold(part)), part))
                return at
            def getattr(self, path, handle=None):
                told = fields(os.lstat(self.real(path)), "st_gid", "st_ino", "st_mode", "st_nlink", "st_size", "st_uid") | times(os.lstat(self.real(path)))
                return told | {"st_uid": int(owner)} if owner else told
            def statfs(self, path):
                return fields(os.statvfs(below), "f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_flag", "f_frsize", "f_namemax")
            def readdir(self, path, handle):
                return [".", "..", *os.listdir(self.real(path))]
            def mkdir(self, path, mode):
                os.mkdir(self.real(path), mode)
            def rmdir(self, path):
                os.rmdir(self.real(path))
            def unlink(self, path):
                os.unlink(self.real(path))
            def rename(self, old, new):
                os.rename(self.real(old), self.real(new))
            def link(self, new, old):
                if old.endswith("single"):
                    raise FuseOSError(errno.EPERM)
                os.link(self.real(old), self.real(new), follow_symlinks=False)
            def chmod(self, path, mode):
                if path.endswith("theirs"):
                    raise FuseOSError(errno.EPERM)
                os.chmod(self.real(path), mode)
            def utimens(self, path, times=None):
                os.utime(self.real(path), ns=times)
            def create(self, path, mode, info=None):
                return os.open(self.real(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)
            def open(self, path, flags):
                return os.open(self.real(path), flags)
            def read(self, path, size, offset, handle):
                return os.pread(handle, size, offset)
            def write(self, path, data, offset, handle):
                return os.pwrite(handle, data, offset)
            def truncate(self, path, length, handle=None):
                os.truncate(self.real(path), length)
            def release(self, path, handle):
                os.close(handle)
            def fsync(self, path, data, handle):
                os.fsync(handle)
        FUSE(Folding(), sys.argv[3], foreground=True, nothreads=True, use_ino=True, hard_remove=True, attr_timeout=0, entry_timeout=0)
        """;

    private readonly TempFolder _folder;
    private readonly FuseMount _mount;

    private FoldingDisk(TempFolder folder, FuseMount mount) => (_folder, _mount) = (folder, mount);

    public string Root => _folder["mounted"];

    /// <summary>A path on it.</summary>
    public string this[string name] => _folder[$"mounted/{name}"];

    /// <param name="owner">Whose all files are, whoever made them; empty for what they are.</param>
    public static async Task<FoldingDisk> StartAsync(string owner = "")
    {
        var folder = new TempFolder();
        Directory.CreateDirectory(folder["real"]);
        Directory.CreateDirectory(folder["mounted"]);
        return new FoldingDisk(folder, await FuseMount.StartAsync(Script, folder["mounted"], folder["real"], owner));
    }

    public async ValueTask DisposeAsync()
    {
        await _mount.DisposeAsync();
        _folder.Dispose();
    }
}
