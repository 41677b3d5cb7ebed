Package: rd
Version: @VERSION@-1
Architecture: @ARCHITECTURE@
Maintainer: The Reliable Download authors <reliable-download@users.noreply.example>
Section: web
Priority: optional
Installed-Size: @SIZE@
Depends: @DEPENDENCIES@, libssl3 | libssl1.1
Recommends: ca-certificates
Suggests: rd-api
Description: downloads big files over bad networks and proves every byte
 rd fetches a file from an rd-api in blocks, over several connections, and
 counts a block only when its digest is the one that the server names. After
 a broken connection, a kill or a power cut the same command continues.
