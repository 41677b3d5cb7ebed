
namespace ReliableDownload.Api.Files;

/// <summary>Which files have digests, and which names a listing shows: what the server cannot look at is left out of both.</summary>
internal static class ReadableFile
{
    extension(IServedFolder folder)
    {
        /// <summary>What a name stands for; null also if the server cannot look at it.</summary>
        public FolderEntry? DescribeReadable(ReadOnlySpan<byte> name)
        {
            try
            {
                return folder.Describe(name);
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    extension(IWebRoot root)
    {
        /// <summary>The identity of a file that can be opened: one that may not be read has no digests.</summary>
        public FileIdentity? IdentifyReadable(RequestPath path)
        {
            using var file = path.EndsWithSlash ? null : root.OpenFile(path);
            return file?.Identity;
        }
    }
}
